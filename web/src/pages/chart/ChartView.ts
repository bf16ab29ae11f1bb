/* The chart itself: bars, volume and studies as data comes, marks and levels, and levels that can be dragged. */
import {
  type AutoscaleInfo,
  CandlestickSeries,
  ColorType,
  CrosshairMode,
  HistogramSeries,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  LineSeries,
  LineStyle,
  LineType,
  type SeriesMarker,
  type Time,
  type UTCTimestamp,
  createChart,
  createSeriesMarkers,
} from "lightweight-charts";
import type { BarsDocument } from "../../generated/api.ts";
import { shiftOf } from "./bars.ts";
import { Boxes } from "./boxes.ts";
import { type Colours, coloursOf, faint } from "./colours.ts";
import type { Line, Study } from "./studies.ts";
import { sweepsOf, zonesOf } from "./zones.ts";

type AnySeries = ISeriesApi<"Line"> | ISeriesApi<"Histogram">;

/** A horizontal line at a price: a stop, a target, an entry. */
export interface Level {
  readonly id: string;
  readonly price: number;
  readonly title: string;
  readonly tone: "good" | "bad" | "info" | "muted";
  /** Whether it may be dragged elsewhere. */
  readonly movable: boolean;
}

export interface Mark {
  /** When the bar opened that it belongs to. */
  readonly open: number;
  readonly side: "BUY" | "SELL";
  readonly text: string;
}

export interface Told {
  /** The number of the bar under the pointer; null where there is none. */
  readonly at: (bar: number | null) => void;
  /** Somebody looks at the oldest bars: bring more. */
  readonly earlier: () => void;
  readonly moved: (id: string, price: number) => void;
}

/** How near a level the pointer must be to take hold of it, in pixels. */
const REACH = 8;
/** How far beyond the bars a level may lie to be brought into view, as a part of the height that the bars take. */
const BEYOND = 1;
/** Bars before the oldest at which earlier ones are asked for. */
const AHEAD = 60;

export class ChartView {
  readonly #box: HTMLElement;
  readonly #told: Told;
  readonly #chart: IChartApi;
  readonly #bars: ISeriesApi<"Candlestick">;
  readonly #volume: ISeriesApi<"Histogram">;
  readonly #marks: ISeriesMarkersPluginApi<Time>;
  readonly #boxes = new Boxes();
  #colours: Colours;
  #studies: { study: Study; series: (readonly [Line, AnySeries])[] }[] = [];
  #bands: ISeriesApi<"Histogram"> | null = null;
  #lines = new Map<string, { level: Level; line: IPriceLine }>();
  #data: BarsDocument | null = null;
  #fills: readonly Mark[] = [];
  #held: { id: string; price: number } | null = null;
  #tick = 0.01;

  constructor(box: HTMLElement, told: Told) {
    this.#box = box;
    this.#told = told;
    this.#colours = coloursOf(box);
    this.#chart = createChart(box, { autoSize: true, ...this.#look() });
    this.#bars = this.#chart.addSeries(CandlestickSeries, this.#barLook());
    this.#volume = this.#chart.addSeries(HistogramSeries, { priceScaleId: "volume", priceFormat: { type: "volume" }, lastValueVisible: false, priceLineVisible: false });
    this.#chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
    this.#marks = createSeriesMarkers(this.#bars, []);
    this.#bars.attachPrimitive(this.#boxes);
    this.#listen();
  }

  remove(): void {
    this.#chart.remove();
  }

  /** Take the colours of the page as they are now. */
  recolour(): void {
    this.#colours = coloursOf(this.#box);
    this.#chart.applyOptions(this.#look());
    this.#bars.applyOptions(this.#barLook());
    const studies = this.#studies.map(({ study }) => study);
    this.choose([]);
    this.choose(studies);
    const levels = [...this.#lines.values()].map(({ level }) => level);
    this.levels([]);
    this.levels(levels);
    this.#redraw();
  }

  /** Say how prices are written. */
  prices(tick: number, digits: number): void {
    this.#tick = tick;
    this.#bars.applyOptions({ priceFormat: { type: "price", minMove: tick, precision: digits } });
  }

  /** Show bars and what stands beside them. Where only the newest changed, only that is drawn anew. */
  show(data: BarsDocument, anew: boolean): void {
    const before = this.#data;
    this.#data = data;
    const shift = before && !anew ? shiftOf(before.ts_open, data.ts_open) : 0;
    const range = this.#chart.timeScale().getVisibleLogicalRange();
    this.#redraw();
    if (anew) this.latest();
    else if (shift !== 0 && range) this.#chart.timeScale().setVisibleLogicalRange({ from: range.from + shift, to: range.to + shift });
  }

  /** Go to the newest bar. */
  latest(): void {
    const count = this.#data?.ts_open.length ?? 0;
    const shown = Math.max(40, Math.min(180, Math.round(this.#box.clientWidth / 8)));
    this.#chart.timeScale().setVisibleLogicalRange({ from: count - shown, to: count + 4 });
  }

  /** Choose what is laid over the bars and below them. */
  choose(studies: readonly Study[]): void {
    for (const { series } of this.#studies) for (const [, one] of series) this.#chart.removeSeries(one);
    if (this.#bands) this.#chart.removeSeries(this.#bands);
    this.#bands = null;
    let pane = 0;
    this.#studies = studies.map((study) => {
      if (study.place === "pane") pane += 1;
      if (study.place === "bands") this.#bands = this.#bandSeries();
      const place = study.place === "pane" ? pane : 0;
      return { study, series: study.lines.map((line) => [line, this.#series(line, place)] as const) };
    });
    for (const [n, one] of this.#chart.panes().entries()) one.setStretchFactor(n === 0 ? 4 : 1);
    this.#redraw();
  }

  /** Mark what was bought and sold. */
  marks(fills: readonly Mark[]): void {
    this.#fills = fills;
    this.#drawMarks();
  }

  /** Show the levels of orders and positions; one that is being dragged stays in the hand. */
  levels(levels: readonly Level[]): void {
    const wanted = new Map(levels.map((level) => [level.id, level]));
    for (const [id, { line }] of this.#lines) {
      if (wanted.has(id)) continue;
      this.#bars.removePriceLine(line);
      this.#lines.delete(id);
    }
    for (const level of levels) {
      const found = this.#lines.get(level.id);
      const price = this.#held?.id === level.id ? this.#held.price : level.price;
      const options = { ...this.#levelLook(level), price };
      if (found) found.line.applyOptions(options);
      this.#lines.set(level.id, { level, line: found?.line ?? this.#bars.createPriceLine(options) });
    }
  }

  /** Put a level back to where it is, after it was dragged and then left alone. */
  release(): void {
    this.#held = null;
    this.levels([...this.#lines.values()].map(({ level }) => level));
  }

  // ── looks ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #look() {
    const { surface, muted, edge } = this.#colours as Record<"surface" | "muted" | "edge", string>;
    return {
      layout: {
        background: { type: ColorType.Solid, color: surface },
        textColor: muted,
        fontFamily: getComputedStyle(this.#box).fontFamily,
        panes: { separatorColor: edge, separatorHoverColor: edge },
        // Its style element would be inline; the page names the library in words instead.
        attributionLogo: false,
      },
      grid: { vertLines: { color: faint(edge, 0.6) }, horzLines: { color: faint(edge, 0.6) } },
      rightPriceScale: { borderColor: edge },
      timeScale: { borderColor: edge, rightOffset: 4, timeVisible: true, secondsVisible: false },
      crosshair: { mode: CrosshairMode.Normal },
    };
  }

  #barLook() {
    const { good, bad } = this.#colours as Record<"good" | "bad", string>;
    const autoscaleInfoProvider = (bars: () => AutoscaleInfo | null) => this.#scaled(bars());
    return { upColor: good, downColor: bad, wickUpColor: good, wickDownColor: bad, borderVisible: false, autoscaleInfoProvider };
  }

  /** Let stops and targets that are not far away be in view with the bars. */
  #scaled(info: AutoscaleInfo | null): AutoscaleInfo | null {
    if (!info?.priceRange) return info;
    const { minValue, maxValue } = info.priceRange;
    const beyond = (maxValue - minValue) * BEYOND;
    const near = [...this.#lines.values()].map(({ level }) => level.price).filter((one) => one > minValue - beyond && one < maxValue + beyond);
    return { ...info, priceRange: { minValue: Math.min(minValue, ...near), maxValue: Math.max(maxValue, ...near) } };
  }

  #levelLook(level: Level) {
    const color = this.#colours[level.tone] ?? "";
    const title = level.movable ? `⇕ ${level.title}` : level.title;
    return { color, title, lineWidth: 1 as const, lineStyle: level.movable ? LineStyle.Dashed : LineStyle.Dotted, axisLabelVisible: true };
  }

  #series(line: Line, pane: number): AnySeries {
    const color = this.#colours[line.colour] ?? "";
    const quiet = { color, lastValueVisible: pane > 0, priceLineVisible: false };
    if (line.kind === "columns") return this.#chart.addSeries(HistogramSeries, quiet, pane);
    const dots = line.kind === "dots" ? { lineVisible: false, pointMarkersVisible: true, pointMarkersRadius: 1.5 } : {};
    return this.#chart.addSeries(LineSeries, { ...quiet, ...dots, lineWidth: 2, lineType: LineType.Simple, crosshairMarkerVisible: false }, pane);
  }

  #bandSeries(): ISeriesApi<"Histogram"> {
    const series = this.#chart.addSeries(HistogramSeries, { priceScaleId: "bands", lastValueVisible: false, priceLineVisible: false, base: 0 });
    this.#chart.priceScale("bands").applyOptions({ scaleMargins: { top: 0, bottom: 0 }, visible: false });
    series.setSeriesOrder(0);
    return series;
  }

  // ── drawing ────────────────────────────────────────────────────────────────────────────────────────────────────

  #redraw(): void {
    const data = this.#data;
    if (!data) return;
    const times = data.ts_open.map(seconds);
    const { good, bad } = this.#colours as Record<"good" | "bad", string>;
    const at = (column: readonly number[], n: number) => column[n] ?? 0;
    this.#bars.setData(times.map((time, n) => ({ time, open: at(data.open, n), high: at(data.high, n), low: at(data.low, n), close: at(data.close, n) })));
    this.#volume.setData(
      times.map((time, n) => ({ time, value: at(data.volume, n), color: faint(at(data.close, n) >= at(data.open, n) ? good : bad, 0.28) })),
    );
    for (const { series } of this.#studies) {
      for (const [line, one] of series) {
        const column = data.indicators[line.column] ?? [];
        one.setData(times.map((time, n) => valueAt(time, column[n], line.kind === "columns" ? (faint((column[n] ?? 0) >= 0 ? good : bad, 0.55)) : undefined)));
      }
    }
    this.#drawBands(times, data);
    this.#drawZones(times, data);
    this.#drawMarks();
  }

  /** Colour the ground by the market's state: 0 falling, 1 sideways, 2 rising. */
  #drawBands(times: readonly UTCTimestamp[], data: BarsDocument): void {
    const states = data.indicators["markov_market_state"] ?? [];
    const { good, bad, muted } = this.#colours as Record<"good" | "bad" | "muted", string>;
    const tones = [faint(bad, 0.13), faint(muted, 0.05), faint(good, 0.13)];
    this.#bands?.setData(times.map((time, n) => valueAt(time, states[n] == null ? null : 1, tones[states[n] ?? 1])));
  }

  #drawZones(times: readonly UTCTimestamp[], data: BarsDocument): void {
    const { good, bad, info, warn } = this.#colours as Record<"good" | "bad" | "info" | "warn", string>;
    const shown = this.#studies.some(({ study }) => study.place === "zones");
    const zones = shown ? zonesOf(data.indicators) : [];
    this.#boxes.show(
      zones.map((zone) => {
        const tone = zone.kind === "gap" ? (zone.side === "below" ? info : warn) : zone.side === "below" ? good : bad;
        const [from, to] = [times[zone.from] as Time, times[zone.to] as Time];
        return { from, to, top: zone.top, bottom: zone.bottom, fill: faint(tone, zone.kind === "gap" ? 0.12 : 0.09), edge: faint(tone, 0.45) };
      }),
    );
  }

  #drawMarks(): void {
    const opens = this.#data?.ts_open ?? [];
    const { info, warn, muted } = this.#colours as Record<"info" | "warn" | "muted", string>;
    const marks: SeriesMarker<Time>[] = [];
    for (const fill of this.#fills) {
      const buys = fill.side === "BUY";
      marks.push({ time: seconds(fill.open), position: buys ? "belowBar" : "aboveBar", shape: buys ? "arrowUp" : "arrowDown", color: buys ? info : warn, text: fill.text });
    }
    if (this.#data && this.#studies.some(({ study }) => study.place === "zones")) {
      for (const { at, side } of sweepsOf(this.#data.indicators)) {
        marks.push({ time: seconds(opens[at] ?? 0), position: side === "below" ? "belowBar" : "aboveBar", shape: "circle", color: muted, text: "", size: 0.6 });
      }
    }
    this.#marks.setMarkers(marks.sort((a, b) => Number(a.time) - Number(b.time)));
  }

  // ── hands ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #listen(): void {
    this.#chart.subscribeCrosshairMove((event) => this.#told.at(event.logical === undefined ? null : Math.round(event.logical)));
    this.#chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range && range.from < AHEAD) this.#told.earlier();
    });
    // Before the chart's own listeners: who takes hold of a level does not scroll.
    this.#box.addEventListener("pointerdown", (event) => this.#grasp(event), { capture: true });
    this.#box.addEventListener("pointermove", (event) => this.#drag(event), { capture: true });
    this.#box.addEventListener("pointerup", (event) => this.#drop(event), { capture: true });
    this.#box.addEventListener("pointercancel", () => this.#held && this.#letGo(), { capture: true });
  }

  #near(event: PointerEvent): Level | undefined {
    const height = event.clientY - this.#box.getBoundingClientRect().top;
    if (height > this.#chart.paneSize(0).height) return undefined;
    const reach = event.pointerType === "touch" ? REACH * 2 : REACH;
    const away = (level: Level) => Math.abs((this.#bars.priceToCoordinate(level.price) ?? Infinity) - height);
    const movable = [...this.#lines.values()].map(({ level }) => level).filter((level) => level.movable && away(level) <= reach);
    return movable.sort((a, b) => away(a) - away(b))[0];
  }

  #grasp(event: PointerEvent): void {
    const level = this.#near(event);
    if (!level || event.button !== 0) return;
    this.#held = { id: level.id, price: level.price };
    this.#box.setPointerCapture(event.pointerId);
    this.#chart.applyOptions({ handleScroll: false, handleScale: false });
  }

  #drag(event: PointerEvent): void {
    if (!this.#held) {
      this.#box.classList.toggle("graspable", this.#near(event) !== undefined);
      return;
    }
    const price = this.#bars.coordinateToPrice(event.clientY - this.#box.getBoundingClientRect().top);
    if (price === null) return;
    this.#held.price = Math.max(this.#tick, Math.round(price / this.#tick) * this.#tick);
    this.#lines.get(this.#held.id)?.line.applyOptions({ price: this.#held.price });
  }

  #drop(event: PointerEvent): void {
    if (!this.#held) return;
    const { id, price } = this.#held;
    this.#box.releasePointerCapture(event.pointerId);
    this.#chart.applyOptions({ handleScroll: true, handleScale: true });
    const before = this.#lines.get(id)?.level.price;
    // It stays where it was put until somebody has confirmed or dropped the change.
    if (before !== undefined && Math.abs(price - before) >= this.#tick / 2) this.#told.moved(id, price);
    else this.release();
  }

  #letGo(): void {
    this.#chart.applyOptions({ handleScroll: true, handleScale: true });
    this.release();
  }
}

function seconds(ms: number): UTCTimestamp {
  return (ms / 1000) as UTCTimestamp;
}

function valueAt(time: UTCTimestamp, value: number | null | undefined, color?: string) {
  if (value === null || value === undefined) return { time };
  return color === undefined ? { time, value } : { time, value, color };
}
