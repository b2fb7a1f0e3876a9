/// How a page looks around its figures: on screens of any width, light and dark, and on paper.
enum PageStyle {
  static let css: String = {
    let (light, dark) = (FigureStyle.light, FigureStyle.dark)
    return """
      :root{color-scheme:light dark;\(light.variables)}
      @media screen and (prefers-color-scheme:dark){:root{\(dark.variables)}}
      *{box-sizing:border-box}
      body{margin:0;font:16px/1.5 system-ui,sans-serif;background:var(--ground);color:var(--ink)}
      main{max-width:52rem;margin:auto;padding:1rem}
      h1{font-size:1.7rem;line-height:1.2;margin:.5rem 0;overflow-wrap:anywhere}
      h2{font-size:1.2rem;margin:0 0 .25rem;overflow-wrap:anywhere}
      a{color:inherit}
      dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(9rem,1fr));gap:.5rem 1.5rem;margin:1rem 0}
      dt{color:var(--faint);font-size:.85rem}
      dd{margin:0;overflow-wrap:anywhere}
      .wide{grid-column:1/-1}
      .live{margin:0 auto;max-width:52rem;padding:.5rem 1rem 0;color:var(--faint);font-size:.9rem;min-height:2rem}
      nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;padding:0;margin:1rem 0}
      nav a{display:inline-block;padding:.15rem 0;overflow-wrap:anywhere}
      figure,section{margin:2.5rem 0;padding-top:1rem;border-top:1px solid var(--grid)}
      figcaption{color:var(--faint);margin:0 0 .75rem}
      .picture{position:relative;overflow-x:auto}
      /* What is wider than the text may take what the window has. */
      .picture,.scroll{width:max-content;min-width:100%;max-width:max(100%,min(100vw - 3rem,78rem));\
      position:relative;left:50%;transform:translateX(-50%)}
      .picture:has(.scalable){width:auto}
      .picture svg{display:block}
      .picture .scalable{width:100%;height:auto;max-height:90vh}
      .legend{display:flex;flex-wrap:wrap;gap:.25rem .5rem;margin:.25rem 0 .5rem}
      .legend button{display:inline-flex;align-items:center;gap:.4rem;font:inherit;font-size:.9rem;\
      color:inherit;background:none;border:1px solid var(--grid);border-radius:.4rem;padding:.25rem .6rem;\
      min-height:2rem;cursor:pointer;overflow-wrap:anywhere}
      .legend button[aria-pressed=false]{text-decoration:line-through;color:var(--faint)}
      .legend button[aria-pressed=false] svg{opacity:.3}
      .off{display:none}
      .on{stroke:var(--ink)!important;stroke-width:2!important;opacity:1!important}
      .h.on{stroke:none!important}.h.on .node,.h.on .o{stroke-width:4}
      :focus-visible{outline:2px solid var(--c0);outline-offset:2px}
      .readout{min-height:1.5em;margin:.25rem 0;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
      .bubble{position:fixed;z-index:1;pointer-events:none;background:var(--ink);color:var(--ground);\
      padding:.2rem .5rem;border-radius:.3rem;font-size:.85rem;max-width:18rem}
      details{margin:.5rem 0}
      summary{cursor:pointer;padding:.25rem 0;overflow-wrap:anywhere}
      .scroll{overflow:auto;max-height:24rem}
      /* A shadow at the edge beyond which there is more; what moves along hides it at the end. */
      .scroll,.picture{background:linear-gradient(90deg,var(--ground) 30%,transparent),\
      linear-gradient(270deg,var(--ground) 30%,transparent) 100% 0,\
      linear-gradient(90deg,var(--grid),transparent),linear-gradient(270deg,var(--grid),transparent) 100% 0;\
      background-repeat:no-repeat;background-size:3rem 100%,3rem 100%,1rem 100%,1rem 100%;\
      background-attachment:local,local,scroll,scroll}
      table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.9rem}
      caption{text-align:left;color:var(--faint);padding:.25rem 0}
      th,td{padding:.2rem .5rem;text-align:right;border-bottom:1px solid var(--grid);font-weight:normal;\
      white-space:nowrap}
      th:first-child,.word{text-align:left}
      .long{white-space:normal;min-width:16rem}
      thead th{white-space:normal;vertical-align:bottom;font-weight:600;background:var(--ground);position:sticky;top:0}
      @media (max-width:36rem){main{padding:.75rem}.scalable text{font-size:20px}}
      @media print{main{max-width:none;padding:0}figure,section{break-inside:avoid}\
      .readout,details,nav,.bubble{display:none}.scroll{overflow:visible;max-height:none;background:none}\
      table{font-size:.7rem}th,td{white-space:normal;padding:.15rem .4rem}thead th{position:static}\
      .picture{overflow:visible;background:none}.picture .scalable{max-height:9cm}.legend button{border:none;padding:0 .6rem 0 0}}

      """
  }()
}
