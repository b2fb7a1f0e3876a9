/// How the parts of an explorable network look.
enum MapStyle {
  static let css = """
    .explorer{width:min(100vw - 3rem,78rem);position:relative;left:50%;transform:translateX(-50%)}
    .tools{display:flex;flex-wrap:wrap;gap:.4rem .75rem;align-items:center;margin:.4rem 0;position:relative}
    .tools label{display:inline-flex;gap:.35rem;align-items:center;font-size:.9rem}
    .tools input,.tools select,.tools button,.about button{font:inherit;font-size:.9rem;color:inherit;\
    background:var(--ground);border:1px solid var(--faint);border-radius:.3rem;padding:.2rem .45rem;min-height:1.9rem}
    .tools select{max-width:12rem}.tools input[type=search],.tools input[type=text]{width:9rem}
    .tools button,.about button{cursor:pointer}
    .hits{position:absolute;z-index:2;top:100%;left:0;margin:0;padding:0;list-style:none;background:var(--ground);\
    border:1px solid var(--faint);max-height:18rem;overflow:auto;min-width:14rem;max-width:100%}
    .hits:empty{display:none}
    .hits button{display:block;width:100%;text-align:left;border:none;border-radius:0}
    .stage{position:relative;height:min(70vh,44rem,110vw);border:1px solid var(--grid)}
    .stage canvas{width:100%;height:100%;display:block;touch-action:none;cursor:grab}
    .counts{position:absolute;left:.5rem;bottom:.25rem;margin:0;font-size:.85rem;color:var(--faint);\
    background:var(--ground);padding:0 .3rem}
    .key{display:flex;flex-wrap:wrap;gap:.2rem 1rem;font-size:.85rem;margin:.4rem 0;min-height:1.4rem}
    .key span{display:inline-flex;align-items:center;gap:.35rem}
    .key i{width:.9rem;height:.9rem;border-radius:50%;display:inline-block}
    .key b{display:inline-block;width:8rem;height:.8rem;border:1px solid var(--grid)}
    .about{margin:.5rem 0;padding:0;border:none}
    .about h3{margin:.25rem 0;font-size:1.05rem;overflow-wrap:anywhere}
    .about .lists{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:1rem}
    .about ul{list-style:none;margin:.25rem 0;padding:0;max-height:15rem;overflow:auto}
    .about li{display:flex;justify-content:space-between;gap:.5rem;align-items:center}
    .about li button{border:none;text-decoration:underline;text-align:left;overflow-wrap:anywhere}
    @media print{.tools,.counts,.about{display:none}}

    """
}
