/** The one style sheet, served by itself so that no inline style needs to be allowed. */
export const STYLE = `
:root { color-scheme: light; --ink: #1a1a1a; --line: #c9d1d9; --accent: #00529b; --soft: #eef4fa; }
* { box-sizing: border-box; }
body { margin: 0; font: 1.05rem/1.5 system-ui, sans-serif; color: var(--ink); background: #fff; }
header { background: var(--accent); color: #fff; padding: .7rem 1.2rem; display: flex;
  flex-wrap: wrap; gap: .5rem 1.5rem; align-items: center; }
header p { margin: 0; }
header .system { font-weight: 700; flex: 1 1 auto; }
main { max-width: 68rem; margin: 0 auto; padding: 1.2rem; }
a { color: var(--accent); }
header a, header button { color: #fff; }
header button { background: none; border: 1px solid #fff; }
button, .button { font: inherit; padding: .45rem .9rem; border: 1px solid var(--accent);
  border-radius: .25rem; background: var(--accent); color: #fff; cursor: pointer;
  text-decoration: none; display: inline-block; }
:focus-visible { outline: 3px solid #f5a623; outline-offset: 2px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: .5rem; background: #fff; color: var(--accent); padding: .5rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; padding: .3rem 0; color: #444; }
th, td { text-align: left; padding: .5rem .7rem; border-bottom: 1px solid var(--line);
  vertical-align: top; }
thead th { background: var(--soft); }
tr.new td, tr.new th { font-weight: 600; }
.status, time, td .button { white-space: nowrap; }
.notice { border-left: .35rem solid var(--accent); background: var(--soft); padding: .6rem 1rem;
  margin: 1rem 0; }
.notice.warning { border-color: #a35200; background: #fff4e5; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.2rem; }
dt { font-weight: 600; }
dd { margin: 0; }
.value { font-size: 1.3rem; font-weight: 600; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .5rem; } }
`;
