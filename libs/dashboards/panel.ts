import {
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  SortOrder,
  ThresholdsMode,
  TooltipDisplayMode,
  VisibilityMode,
  type FieldConfig,
  type Panel,
} from '@grafana/schema';

interface Query {
  expr: string;
  /** A template such as `{{task}}`. */
  legend: string;
  /** Points on the curve that lead to traces, of the histograms that have them. */
  exemplars?: true;
}

/** A panel in few words; where it stands follows from its place in the list. */
export interface PanelText {
  title: string;
  description: string;
  /** As Grafana names units: s, percentunit, reqps, short. */
  unit: string;
  queries: readonly Query[];
  /** One number instead of a curve. */
  stat?: true;
  /** A line; above it, something is wrong. */
  limit?: number;
}

const columns = 3;
const width = 24 / columns;
const height = 8;
/** The one that the reader picks at the top of the page. */
export const datasource = { type: 'prometheus', uid: '${datasource}' };

/** Three panels a row, in the order of the list. */
export function layOut(panels: readonly PanelText[]): Panel[] {
  return panels.map(({ title, description, unit, queries, stat, limit }, i) => ({
    id: i + 1,
    type: stat === true ? 'stat' : 'timeseries',
    title,
    description,
    datasource,
    gridPos: { x: (i % columns) * width, y: Math.floor(i / columns) * height, w: width, h: height },
    targets: queries.map((query, k) => target(query, String.fromCharCode(65 + k))),
    fieldConfig: { defaults: { unit, min: 0, ...(stat === undefined && curve(limit)) }, overrides: [] },
    options: stat === true ? statOptions : curveOptions,
  }));
}

const target = ({ expr, legend, exemplars }: Query, refId: string) => ({
  ...{ refId, datasource, expr },
  ...(exemplars && { exemplar: true }),
  legendFormat: legend,
  editorMode: 'code',
  range: true,
});

const statOptions = {
  reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
  colorMode: 'value',
  graphMode: 'area',
};

const curveOptions = {
  legend: { displayMode: LegendDisplayMode.List, placement: 'bottom', showLegend: true, calcs: [] },
  tooltip: { mode: TooltipDisplayMode.Multi, sort: SortOrder.Descending },
};

function curve(limit: number | undefined): FieldConfig {
  const custom = { fillOpacity: 10, showPoints: VisibilityMode.Never };
  if (limit === undefined) return { custom };
  return {
    custom: { ...custom, thresholdsStyle: { mode: GraphThresholdsStyleMode.Line } },
    thresholds: {
      mode: ThresholdsMode.Absolute,
      steps: [
        { value: null, color: 'green' },
        { value: limit, color: 'red' },
      ],
    },
  };
}
