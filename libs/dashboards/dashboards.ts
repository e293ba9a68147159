import { DashboardCursorSync, VariableRefresh, type Dashboard } from '@grafana/schema';
import { engines } from './engines.panels.js';
import { datasource, layOut, type PanelText } from './panel.js';
import { serving } from './serving.panels.js';

/** The first version of the format that Grafana 10 and newer need not migrate. */
const schemaVersion = 39;

/** By the name of their file in the chart. */
export const dashboards: Record<string, Dashboard> = {
  'serving.json': dashboard('inferway-serving', 'Inferway: serving', serving),
  'engines.json': dashboard('inferway-engines', 'Inferway: engines', engines),
};

/** As the file holds it. */
export const textOf = (content: Dashboard): string => `${JSON.stringify(content, null, 2)}\n`;

function dashboard(uid: string, title: string, panels: readonly PanelText[]): Dashboard {
  return {
    uid,
    title,
    tags: ['inferway'],
    schemaVersion,
    editable: true,
    graphTooltip: DashboardCursorSync.Crosshair,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    templating: {
      list: [
        { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' },
        {
          name: 'namespace',
          label: 'Namespace',
          type: 'query',
          datasource,
          query: { query: 'label_values(inferway_queue_jobs, namespace)', refId: 'namespaces' },
          refresh: VariableRefresh.onTimeRangeChanged,
          includeAll: true,
          multi: true,
          current: { text: 'All', value: '$__all' },
        },
      ],
    },
    panels: layOut(panels),
  };
}
