/* What is typed and chosen. */
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  /** Said below, where there is something to say. */
  readonly hint?: ComponentChildren;
  readonly error?: string;
  readonly type?: "text" | "password" | "search" | "datetime-local" | "date";
  /** A decimal number: phones show digits. */
  readonly decimal?: boolean;
  readonly required?: boolean;
  readonly placeholder?: string;
  readonly autocomplete?: string;
  readonly list?: readonly string[];
}

/** One line of input with its label, and what is wrong with it. */
export function Field(props: FieldProps) {
  const id = useId();
  const { label, value, onInput, hint, error, type = "text", decimal = false, list } = props;
  const said = error || hint;
  // Types of elements allow a list only where they know the kind of input; here the kind is a value.
  const attributes: object = {
    id,
    type,
    value,
    required: props.required ?? false,
    placeholder: props.placeholder ?? "",
    autocomplete: props.autocomplete ?? "off",
    inputMode: decimal ? "decimal" : undefined,
    "aria-invalid": error ? "true" : undefined,
    "aria-describedby": said ? `${id}-said` : undefined,
    list: list ? `${id}-list` : undefined,
  };
  return (
    <div class={`field ${error ? "wrong" : ""}`}>
      <label for={id}>{label}</label>
      <input {...attributes} onInput={(event) => onInput(event.currentTarget.value)} />
      {list ? (
        <datalist id={`${id}-list`}>
          {list.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      ) : null}
      {said ? (
        <small id={`${id}-said`} role={error ? "alert" : undefined}>
          {said}
        </small>
      ) : null}
    </div>
  );
}

interface ChoiceProps<V extends string> {
  readonly label: string;
  readonly value: V;
  readonly options: readonly (readonly [value: V, text: string])[];
  readonly onChange: (value: V) => void;
  /** Whether the label is seen, or only said. */
  readonly quiet?: boolean;
}

/** One of many, from a list. */
export function Select<V extends string>({ label, value, options, onChange, quiet = false }: ChoiceProps<V>) {
  return (
    <label class="field">
      <span class={quiet ? "quiet" : ""}>{label}</span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value as V)}>
        {options.map(([one, text]) => (
          <option key={one} value={one} selected={one === value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

/** One of a few, side by side: radio buttons that look like one switch; arrow keys move. */
export function Segments<V extends string>({ label, value, options, onChange }: ChoiceProps<V>) {
  const name = useId();
  return (
    <fieldset class="segments">
      <legend class="quiet">{label}</legend>
      {options.map(([one, text]) => (
        <label key={one}>
          <input type="radio" name={name} value={one} checked={one === value} onChange={() => onChange(one)} />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  );
}

interface CheckProps {
  readonly label: string;
  readonly hint: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

/** Yes or no, with what yes means. */
export function Check({ label, hint, checked, onChange }: CheckProps) {
  const id = useId();
  return (
    <div class="field">
      <label class="check">
        <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} aria-describedby={id} /> {label}
      </label>
      <small id={id}>{hint}</small>
    </div>
  );
}
