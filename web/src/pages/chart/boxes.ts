/* Boxes behind the bars: where a gap or an order block lay, and for how long. */
import type { IPrimitivePaneRenderer, IPrimitivePaneView, ISeriesPrimitive, SeriesAttachedParameter, Time } from "lightweight-charts";

export interface Box {
  readonly from: Time;
  readonly to: Time;
  readonly top: number;
  readonly bottom: number;
  readonly fill: string;
  readonly edge: string;
}

type Target = Parameters<IPrimitivePaneRenderer["draw"]>[0];

export class Boxes implements ISeriesPrimitive<Time> {
  #boxes: readonly Box[] = [];
  #chart: SeriesAttachedParameter<Time> | null = null;
  readonly #views: readonly IPrimitivePaneView[];

  constructor() {
    this.#views = [{ zOrder: () => "bottom", renderer: () => ({ draw: (target) => this.#draw(target) }) }];
  }

  attached(chart: SeriesAttachedParameter<Time>): void {
    this.#chart = chart;
  }

  detached(): void {
    this.#chart = null;
  }

  paneViews(): readonly IPrimitivePaneView[] {
    return this.#views;
  }

  show(boxes: readonly Box[]): void {
    this.#boxes = boxes;
    this.#chart?.requestUpdate();
  }

  #draw(target: Target): void {
    const attached = this.#chart;
    if (!attached) return;
    target.useMediaCoordinateSpace(({ context, mediaSize }) => {
      for (const box of this.#boxes) {
        const [left, right] = [box.from, box.to].map((time) => attached.chart.timeScale().timeToCoordinate(time));
        const [top, bottom] = [box.top, box.bottom].map((level) => attached.series.priceToCoordinate(level));
        // What lies beyond the bars that are shown has no place.
        if (left == null || right == null || top == null || bottom == null || right < 0 || left > mediaSize.width) continue;
        context.fillStyle = box.fill;
        context.fillRect(left, top, Math.max(3, right - left), bottom - top);
        context.fillStyle = box.edge;
        context.fillRect(left, top, Math.max(3, right - left), 1);
        context.fillRect(left, bottom, Math.max(3, right - left), 1);
      }
    });
  }
}
