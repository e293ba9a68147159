/**
 * dashboards: the Grafana dashboards of the chart, helm/inferway/dashboards.
 *
 * Owns: which curves are shown, and how they are laid out. Written as code and not as JSON, so that Grafana's own types
 * hold them. What a curve shows is a name of telemetry's catalogue; a test compares with a live `/metrics`.
 * Refuses: running in a server.
 */
export * from './dashboards.js';
