/** Colours of Okabe and Ito, which people with any colour vision tell apart, darker on white and lighter on black. */
export const style = `
:root { color-scheme: light dark; --ink: #1c1e21; --soft: #5b6168; --paper: #fff; --card: #f5f6f8; --line: #d9dce1;
  --s0: #0060a8; --s1: #c04a00; --s2: #007a59; --s3: #a5467f; --s4: #8a6500; --s5: #2b8fc7; --s6: #444b54 }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --soft: #a3a9b1; --paper: #15171a; --card: #1f2226;
  --line: #3a3f46; --s0: #62b5f5; --s1: #ff9a52; --s2: #3fc79c; --s3: #e19bc5; --s4: #e6bf4d; --s5: #9fdcff; --s6: #c5cad1 } }
* { box-sizing: border-box }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 860px; margin: 0 auto; padding: 28px 20px 60px }
h1 { font-size: 26px; margin: 0 } h2 { font-size: 18px; margin: 0 }
header p { margin: 4px 0 0; color: var(--soft) } section { margin-top: 36px } section > p { margin: 4px 0 8px; color: var(--soft) }
.tiles { list-style: none; display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px; padding: 0; margin: 20px 0 0 }
.tiles li { background: var(--card); border-radius: 8px; padding: 12px 14px; color: var(--soft); font-size: 13px }
.tiles strong { display: block; color: var(--ink); font-size: 24px; line-height: 1.25 }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 18px; padding: 0; margin: 0 0 4px; font-size: 13px }
.legend li { display: flex; align-items: center; gap: 7px } .legend svg { flex: none }
svg { display: block; width: 100%; height: auto } .legend svg { width: 36px }
svg text { font: 12px system-ui, sans-serif; fill: var(--soft) } svg .label { fill: var(--ink) }
.beyond { fill: var(--card); stroke: none }
.grid { stroke: var(--line); stroke-width: 1; fill: none }
.series, .reference { fill: none; stroke-width: 2 } .reference { stroke: var(--soft); stroke-width: 1.5 }
.mark { fill: currentColor; stroke: none }
${[0, 1, 2, 3, 4, 5, 6].map((i) => `.s${i} { stroke: var(--s${i}); color: var(--s${i}) }`).join(' ')}
.scroll { overflow-x: auto; margin-top: 8px }
table { border-collapse: collapse; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums }
caption { text-align: left; color: var(--soft); padding-bottom: 4px }
th, td { text-align: right; padding: 3px 10px; border-bottom: 1px solid var(--line); white-space: nowrap }
th:first-child { padding-left: 0 } thead th { white-space: normal; vertical-align: bottom; font-weight: 600 } tbody th { font-weight: 400 }
.saturated td, .saturated th { font-weight: 700 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 3px 16px; margin: 8px 0 0; font-size: 13px } dt { color: var(--soft) } dd { margin: 0; overflow-wrap: anywhere }
@media print { section { break-inside: avoid } }`;
