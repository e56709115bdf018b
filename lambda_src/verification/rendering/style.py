"""The page's style: light and dark, narrow and wide, paper. Colours have a contrast of at least 4.5 to their ground."""

from __future__ import annotations

from typing import Final

CSS: Final = """
:root{color-scheme:light dark;--ground:#f6f7f9;--card:#fff;--text:#1b1f26;--quiet:#5a6371;--line:#dde1e7;
--good:#12703a;--good-ground:#e3f4e8;--bad:#b3261e;--bad-ground:#fce8e6;--warning:#8a5300;--warning-ground:#fdf0d9;
--neutral:#4a5361;--neutral-ground:#e9ecf0}
@media(prefers-color-scheme:dark){:root{--ground:#12151a;--card:#1b2027;--text:#e7eaef;--quiet:#9ea8b6;--line:#323a45;
--good:#6fd694;--good-ground:#15311f;--bad:#ff9a91;--bad-ground:#41201d;--warning:#f3bd6b;--warning-ground:#3a2c12;
--neutral:#b4bdc9;--neutral-ground:#2a313b}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
main{max-width:60rem;margin:0 auto;padding:1rem;display:grid;gap:1rem}
main>*{min-width:0}
h1{font-size:1.6rem;line-height:1.25;margin:0}
h2{font-size:1.1rem;margin:0 0 .75rem}
h3{font-size:1rem;margin:0}
p{margin:0}
code,.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.92em}
.card{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1rem 1.1rem}
.good{--tone:var(--good);--tone-ground:var(--good-ground)}
.bad{--tone:var(--bad);--tone-ground:var(--bad-ground)}
.warning{--tone:var(--warning);--tone-ground:var(--warning-ground)}
.neutral{--tone:var(--neutral);--tone-ground:var(--neutral-ground)}
.banner{background:var(--tone-ground);border:1px solid var(--tone);border-left-width:.5rem;border-radius:.6rem;
padding:1.1rem 1.2rem;display:grid;gap:.6rem}
.banner h1{color:var(--tone);display:flex;gap:.6rem}
.next{font-size:1.05rem}
.next b{display:inline-block;margin-right:.4rem}
.quiet{color:var(--quiet);font-size:.92rem}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.8rem 1.2rem;margin:0}
.facts dt{color:var(--quiet);font-size:.85rem}
.facts dd{margin:0}
.wide{grid-column:1/-1}
.problem{border-left:.3rem solid var(--tone);padding:.1rem 0 .1rem .9rem;margin-top:1rem;display:grid;gap:.3rem}
.problem:first-of-type{margin-top:0}
.badge{display:inline-block;color:var(--tone);background:var(--tone-ground);border-radius:1rem;padding:0 .6rem;
font-size:.85rem;font-weight:600;white-space:nowrap}
.remedy b{color:var(--tone)}
details{font-size:.92rem}
summary{cursor:pointer;color:var(--quiet)}
pre{margin:.4rem 0 0;white-space:pre-wrap;font-size:.85rem;background:var(--ground);padding:.6rem;border-radius:.4rem}
.scroll{overflow-x:auto}
.scroll:focus-visible,summary:focus-visible{outline:2px solid var(--tone,var(--text));outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{overflow-wrap:normal;text-align:left;padding:.35rem .6rem .35rem 0;border-bottom:1px solid var(--line);
vertical-align:top}
th{font-weight:600}
thead th{color:var(--quiet);font-size:.85rem;white-space:nowrap}
tbody th[scope=rowgroup]{padding-top:1rem}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td:first-child,td code{white-space:nowrap}
.message{color:var(--quiet);min-width:14rem;overflow-wrap:anywhere}
.chart{display:block;overflow:visible}
.chart text{fill:var(--text);font:13px system-ui,sans-serif}
.chart .tick{fill:var(--quiet);font-size:11px}
.chart .value{font-variant-numeric:tabular-nums}
.chart .grid{stroke:var(--line);stroke-width:1}
.chart .bar{fill:var(--tone)}
footer{padding:0 .2rem 1rem}
@media(max-width:34rem){main{padding:.6rem;gap:.7rem}.card{padding:.8rem}h1{font-size:1.3rem}}
@media print{:root{--ground:#fff;--card:#fff;--text:#000;--quiet:#444;--line:#bbb;--good:#12703a;--good-ground:#fff;
--bad:#b3261e;--bad-ground:#fff;--warning:#8a5300;--warning-ground:#fff;--neutral:#444;--neutral-ground:#fff}
body{font-size:11pt}main{max-width:none;padding:0}.card,.banner,.problem,tr,svg{break-inside:avoid}
.scroll{overflow:visible}.card.long{break-inside:auto}}
"""
