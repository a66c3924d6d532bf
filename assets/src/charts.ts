// Charts of the reports: an entry of its own, since only they need a charting library. Each is drawn from a table of the
// page, which says the same in words and stays a click away. Colours are the page's tokens, read anew when the theme changes.

import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, TitleComponent, TooltipComponent } from "echarts/components";
import { type EChartsCoreOption, type EChartsType, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { each, page } from "./page";

use([LineChart, BarChart, GridComponent, TooltipComponent, TitleComponent, AriaComponent, CanvasRenderer]);

interface Cell {
  value: number | null;
  said: string;
  href: string | null;
}
interface Series {
  name: string;
  cells: Cell[];
}
interface Data {
  labels: string[];
  short: string[];
  series: Series[];
}

const TOKENS = ["accent", "accent-soft", "text", "text-2", "text-3", "line", "surface", "raised", "line-2", "accent-line"] as const;
type Token = (typeof TOKENS)[number];

// Tokens are `light-dark()` pairs: only an element that wears one tells which half is in force.
function tokens(place: HTMLElement): Record<Token, string> {
  const probe = document.createElement("span");
  probe.hidden = true;
  place.after(probe);
  const found = Object.fromEntries(
    TOKENS.map((name) => {
      probe.style.color = `var(--${name})`;
      return [name, getComputedStyle(probe).color];
    }),
  ) as Record<Token, string>;
  probe.remove();
  return found;
}

function textOf(element: Element | null | undefined): string {
  return (element?.textContent ?? "").trim();
}

function read(place: HTMLElement): Data | null {
  const table = document.getElementById(place.dataset.table ?? "");
  if (!(table instanceof HTMLTableElement)) return null;
  const heads = Array.from(table.tHead?.rows[0]?.cells ?? []);
  const rows = Array.from(table.tBodies[0]?.rows ?? []);
  const columns = place.dataset.columns?.split(",").map(Number) ?? heads.slice(1).map((_, place) => place + 1);
  return {
    labels: rows.map((row) => textOf(row.cells[0])),
    short: rows.map((row) => row.cells[0]?.dataset.short ?? textOf(row.cells[0])),
    series: columns.map((column) => ({
      name: heads[column]?.dataset.short ?? textOf(heads[column]),
      cells: rows.map((row) => {
        const cell = row.cells[column];
        const given = cell?.dataset.value;
        return {
          value: given === undefined || given === "" ? null : Number(given),
          said: cell?.dataset.said ?? textOf(cell),
          href: cell?.querySelector("a")?.getAttribute("href") ?? null,
        };
      }),
    })),
  };
}

interface Hovered {
  dataIndex: number;
  seriesIndex: number;
}

// `renderMode: richText` draws the tooltip on the canvas: the page's policy lets no markup with styles in.
function tooltip(data: Data, color: Record<Token, string>): EChartsCoreOption {
  return {
    trigger: "axis",
    renderMode: "richText",
    confine: true,
    backgroundColor: color.raised,
    borderColor: color["line-2"],
    borderWidth: 1,
    padding: [8, 10],
    textStyle: { color: color.text, fontSize: 12, fontFamily: font() },
    formatter: (hovered: Hovered[]) => {
      const at = hovered[0]?.dataIndex ?? 0;
      return [data.labels[at], ...data.series.map((series) => `${series.name}  ${series.cells[at]?.said ?? ""}`)].join("\n");
    },
  };
}

function font(): string {
  return getComputedStyle(document.body).fontFamily;
}

function common(place: HTMLElement, data: Data, color: Record<Token, string>): EChartsCoreOption {
  return {
    animation: false,
    aria: { enabled: true, label: { description: place.dataset.label ?? "" } },
    textStyle: { fontFamily: font() },
    tooltip: tooltip(data, color),
  };
}

function axisLabel(color: Record<Token, string>): EChartsCoreOption {
  return { color: color["text-2"], fontSize: 11, fontFamily: font(), hideOverlap: true };
}

function lines(place: HTMLElement, data: Data, color: Record<Token, string>): EChartsCoreOption {
  const numbers = new Intl.NumberFormat(page().locale);
  const looks = [
    { color: color.accent, line: { width: 2 }, area: { color: color["accent-soft"], opacity: 1 } },
    { color: color["text-2"], line: { width: 1.5, type: [4, 3] }, area: undefined },
  ];
  return {
    ...common(place, data, color),
    grid: { left: 4, right: 12, top: 12, bottom: 0, containLabel: true },
    xAxis: { type: "category", data: data.short, boundaryGap: false, axisLabel: axisLabel(color), axisTick: { show: false }, axisLine: { lineStyle: { color: color["line-2"] } } },
    yAxis: { type: "value", minInterval: 1, splitNumber: 3, axisLabel: { ...axisLabel(color), formatter: (value: number) => numbers.format(value) }, splitLine: { lineStyle: { color: color.line } } },
    series: data.series.map((series, place) => ({
      type: "line",
      name: series.name,
      data: series.cells.map((cell) => cell.value),
      symbol: "circle",
      symbolSize: 6,
      showSymbol: data.labels.length === 1,
      z: 3 - place,
      color: looks[place]?.color,
      lineStyle: { ...looks[place]?.line, color: looks[place]?.color },
      ...(looks[place]?.area ? { areaStyle: looks[place]?.area } : {}),
    })),
  };
}

function times(place: HTMLElement, data: Data, color: Record<Token, string>): EChartsCoreOption {
  const fills = [color.accent, color["accent-line"]];
  return {
    ...common(place, data, color),
    title: { text: place.dataset.title ?? "", left: 0, top: 0, textStyle: { color: color["text-2"], fontSize: 12, fontWeight: 500, fontFamily: font() } },
    grid: { left: 0, right: 64, top: 28, bottom: 0, containLabel: true },
    xAxis: { type: "value", show: false },
    yAxis: { type: "category", data: data.short, inverse: true, axisLabel: axisLabel(color), axisTick: { show: false }, axisLine: { show: false } },
    series: data.series.map((series, place) => ({
      type: "bar",
      name: series.name,
      barMaxWidth: 9,
      barGap: "25%",
      color: fills[place],
      itemStyle: { borderRadius: 2 },
      data: series.cells.map((cell) => cell.value),
      label: {
        show: true,
        position: "right",
        color: color["text-2"],
        fontSize: 11,
        fontFamily: font(),
        formatter: (drawn: Hovered) => series.cells[drawn.dataIndex]?.said ?? "",
      },
    })),
  };
}

const DRAWN: Record<string, typeof lines> = { lines, times };
const charts = new Map<HTMLElement, { chart: EChartsType; data: Data }>();

function paint(place: HTMLElement): void {
  const drawn = charts.get(place);
  const draw = DRAWN[place.dataset.chart ?? ""];
  if (drawn && draw) drawn.chart.setOption(draw(place, drawn.data, tokens(place)), true);
}

function begin(place: HTMLElement): void {
  const data = read(place);
  const card = place.closest(".tc-card");
  const table = card?.querySelector<HTMLDetailsElement>("details.is-chart");
  card?.classList.add("is-drawn");
  if (table) table.open = false;
  if (!data) return;
  const chart = init(place, null, { renderer: "canvas" });
  charts.set(place, { chart, data });
  paint(place);
  chart.on("click", (event) => {
    const { seriesIndex, dataIndex } = event as unknown as Hovered;
    const href = data.series[seriesIndex]?.cells[dataIndex]?.href;
    if (href) window.location.assign(href);
  });
  new ResizeObserver(() => {
    if (place.clientWidth) chart.resize();
  }).observe(place);
}

function start(root: ParentNode): void {
  for (const [place, { chart }] of charts) {
    if (place.isConnected) continue;
    chart.dispose();
    charts.delete(place);
  }
  each<HTMLElement>(root, "[data-chart]", "chart", begin);
}

function repaint(): void {
  for (const place of charts.keys()) paint(place);
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
new MutationObserver(repaint).observe(document.documentElement, { attributeFilter: ["data-theme"] });
document.addEventListener("htmx:after:process", (event) => {
  if (event.target instanceof Element) start(event.target);
});
start(document);
