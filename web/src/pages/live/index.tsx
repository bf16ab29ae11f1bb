import { Freshness } from "../../components/Freshness.tsx";
import { Accounts } from "./Accounts.tsx";
import { Fills } from "./Fills.tsx";
import { Positions } from "./Positions.tsx";
import { Queues } from "./Queues.tsx";
import { Sight } from "./Sight.tsx";
import "./live.css";

/** How things stand this moment. */
export default function Live() {
  return (
    <div class="cards">
      <Accounts />
      <Positions />
      <Sight />
      <Fills />
      <div class="stacked">
        <Freshness />
        <Queues />
      </div>
    </div>
  );
}
