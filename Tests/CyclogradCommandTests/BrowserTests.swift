import Foundation
import TestSupport
import Testing

/// A browser that can be driven from the command line: `CYCLOGRAD_BROWSER`, or Chromium in the path.
private let browser: String? = {
  let environment = ProcessInfo.processInfo.environment
  if let named = environment["CYCLOGRAD_BROWSER"], !named.isEmpty { return named }
  let folders = (environment["PATH"] ?? "").split(separator: ":")
  for name in ["chromium", "chromium-browser", "google-chrome"] {
    for folder in folders
    where FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") {
      return "\(folder)/\(name)"
    }
  }
  return nil
}()

@Suite(
  "Reports in a real browser", .tags(.slow), .unlessFast, .serialized,
  .enabled(if: browser != nil, "no browser: install chromium, or name one in CYCLOGRAD_BROWSER"))
struct BrowserTests {
  /// Looks at the page from within, does what a visitor does, and tells the frame's parent.
  private static let probe = #"""
    addEventListener("load", () => setTimeout(() => {
      const faults = [];
      const check = (isRight, what) => { if (!isRight) faults.push(what); };
      const all = query => [...document.querySelectorAll(query)];
      check(performance.getEntriesByType("resource").length === 0, "something was loaded");
      check(document.title.length > 0, "no title");
      check(document.documentElement.scrollWidth <= innerWidth,
        "the page is wider than the window: " + document.documentElement.scrollWidth);
      const ground = getComputedStyle(document.body).backgroundColor;
      for (const figure of all("figure")) {
        const name = figure.id;
        const canvas = figure.querySelector("canvas");
        if (canvas) {
          // What it does is tried by Tests/Browser/explore.py.
          const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
          let count = 0;
          for (let i = 4; i < pixels.length; i += 4) if (pixels[i] !== pixels[0]) count++;
          check(count > 50, name + ": nothing is drawn");
          check(canvas.getAttribute("aria-label"), name + ": no name for screen readers");
          continue;
        }
        const svg = figure.querySelector(".picture svg");
        const box = svg.getBoundingClientRect();
        check(box.width > 100 && box.height > 40, name + ": no picture");
        check(figure.querySelector("h2").innerText.length > 3, name + ": no heading");
        check(figure.querySelector("figcaption").innerText.length > 10, name + ": no words");
        check(svg.getAttribute("aria-label"), name + ": no name for screen readers");
        check(getComputedStyle(figure.querySelector("h2")).color !== ground, name + ": unseen heading");
        for (const text of svg.querySelectorAll("text")) {
          const paint = getComputedStyle(text).fill;
          if (paint === ground) { faults.push(name + ": unseen text " + text.textContent); break; }
        }
        const details = figure.querySelector("details");
        details.open = true;
        check(details.querySelectorAll("tbody tr").length > 0, name + ": an empty table");
        check(details.querySelector(".scroll").tabIndex === 0, name + ": the table cannot be scrolled by keys");
        details.open = false;
        for (const button of figure.querySelectorAll(".legend button")) {
          const group = svg.querySelector('g[data-series="' + button.dataset.series + '"]');
          if (!group) { continue; }
          button.click();
          check(getComputedStyle(group).display === "none", name + ": a series stays");
          check(button.getAttribute("aria-pressed") === "false", name + ": the button does not say so");
          button.click();
          check(getComputedStyle(group).display !== "none", name + ": a series does not come back");
        }
        const picture = figure.querySelector(".picture");
        if (picture.tabIndex === 0 && picture.hasAttribute("role")) {
          picture.focus();
          check(document.activeElement === picture, name + ": cannot be focused");
          const press = key => picture.dispatchEvent(
            new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
          press("ArrowRight");
          const first = figure.querySelector(".readout").innerText;
          check(first.length > 0, name + ": keys show nothing");
          press("End");
          const bubble = figure.querySelector(".bubble");
          check(getComputedStyle(bubble).display !== "none", name + ": no bubble");
          const place = bubble.getBoundingClientRect();
          check(place.left >= 0 && place.right <= innerWidth + 1, name + ": the bubble leaves the window");
          press("Escape");
          check(getComputedStyle(bubble).display === "none", name + ": the bubble stays");
          const mark = svg.querySelector("rect.m, path.m, g.h .node");
          const at = mark.getBoundingClientRect();
          mark.dispatchEvent(new PointerEvent("pointermove", { bubbles: true,
            clientX: at.x + at.width / 2, clientY: at.y + at.height / 2 }));
          check(getComputedStyle(bubble).display !== "none", name + ": pointing shows nothing");
          svg.dispatchEvent(new PointerEvent("pointerleave"));
        }
      }
      parent.postMessage({ faults, figures: all("figure").length, width: innerWidth, ground,
        text: document.body.innerText.length }, "*");
    }, 300));
    """#

  private struct Answer {
    var figures: Int
    var faults: [String]
    var width: Int
    var ground: String
  }

  /// Opens a page in a frame of a width, and has it looked at.
  private func look(
    _ scratch: Scratch, _ page: String, width: Int, isDark: Bool
  ) throws -> Answer {
    let html = try #require(scratch.read(page))
    try scratch.write(
      "probed.html",
      html.replacing("</body>", with: "<script>//<![CDATA[\n\(Self.probe)//]]></script></body>"))
    try scratch.write(
      "frame.html",
      """
      <!DOCTYPE html><title>frame</title><body style="margin:0">
      <iframe src="probed.html" style="border:0;width:\(width)px;height:900px"></iframe>
      <script>addEventListener("message", event => {
        const result = document.createElement("pre");
        result.id = "result";
        result.textContent = btoa(unescape(encodeURIComponent(JSON.stringify(event.data))));
        document.body.append(result);
      });</script></body>
      """)
    let run = try browse(
      scratch, "frame.html", width: width, isDark: isDark, "--dump-dom --virtual-time-budget=20000")
    let encoded = try #require(
      run.output.firstMatch(of: /<pre id="result">([A-Za-z0-9+\/=]+)</)?.1,
      "the browser gave no answer: \(run.errors.suffix(600))")
    let data = try #require(Data(base64Encoded: String(encoded)))
    let answer = try #require(
      try JSONSerialization.jsonObject(with: data) as? [String: Any])
    // What goes wrong in a script or is refused by the page's policy is on the console.
    let complaints = run.errors.split(separator: "\n").filter { $0.contains(":CONSOLE") }
    return Answer(
      figures: answer["figures"] as? Int ?? -1,
      faults: (answer["faults"] as? [String] ?? ["no list"]) + complaints.map(String.init),
      width: answer["width"] as? Int ?? -1, ground: answer["ground"] as? String ?? "")
  }

  private func browse(
    _ scratch: Scratch, _ page: String, width: Int, isDark: Bool, _ options: String
  ) throws -> CommandRun {
    try scratch.shell(
      """
      timeout --kill-after=5 90 "\(try #require(browser))" --headless=new --no-sandbox --disable-gpu \
      --hide-scrollbars --no-first-run --enable-logging=stderr --user-data-dir="$PWD/profile" \
      --window-size=\(max(width, 600)),1000 --blink-settings=preferredColorScheme=\(isDark ? 0 : 1) \
      \(options) "file://$PWD/\(page)"
      """)
  }

  /// Keeps pictures of a page where `CYCLOGRAD_SCREENSHOTS` names a folder.
  private func photograph(_ scratch: Scratch, _ page: String) throws {
    guard let folder = ProcessInfo.processInfo.environment["CYCLOGRAD_SCREENSHOTS"] else { return }
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    let name = page.dropLast(".html".count)
    for (width, isDark) in [(1000, false), (1000, true), (380, false), (380, true)] {
      try scratch.write(
        "photo.html",
        """
        <!DOCTYPE html><body style="margin:0"><iframe src="\(page)" \
        style="border:0;width:\(width)px;height:6000px"></iframe></body>
        """)
      _ = try browse(
        scratch, "photo.html", width: width, isDark: isDark,
        "--window-size=\(max(width, 600)),6000 "
          + "--screenshot=\"\(folder)/\(name)-\(width)-\(isDark ? "dark" : "light").png\"")
    }
  }

  private func expectSound(_ scratch: Scratch, _ page: String, figures: Int) throws {
    for (width, isDark) in [(1000, false), (380, true)] {
      let answer = try look(scratch, page, width: width, isDark: isDark)
      #expect(answer.faults.isEmpty, "\(page), \(width) wide, \(isDark ? "dark" : "light")")
      #expect(answer.figures == figures && answer.width == width)
      #expect(answer.ground == (isDark ? "rgb(22, 22, 22)" : "rgb(255, 255, 255)"))
    }
    try photograph(scratch, page)
  }

  @Test("Networks", arguments: ["feedback", "self-loop", "newton-only", "islands"])
  func inspect(graph: String) throws {
    let scratch = try Scratch()
    let page = "inspect-\(graph).html"
    #expect(
      try scratch.run("report", "inspect", "graphs/\(graph).yaml", "--output", page).status == 0)
    let figures = try #require(scratch.read(page)).matches(of: /<figure id="/).count
    #expect(figures >= 13)
    try expectSound(scratch, page, figures: figures)
  }

  @Test("A comparison")
  func compare() throws {
    let scratch = try Scratch()
    let run = try scratch.run(
      "report", "compare", "graphs/feedback.yaml", "--backends",
      "automatic,edge-list,direct,newton-krylov+gmres", "--output", "compare.html")
    #expect(run.status == 0)
    try expectSound(scratch, "compare.html", figures: 9)
  }

  @Test("A training")
  func training() throws {
    let training = try TrainingScratch()
    let scratch = training.scratch
    #expect(try training.train("--json-log", "log.jsonl").status == 0)
    let run = try scratch.run(
      "report", "training", "job.yaml", "--json-log", "log.jsonl", "--output", "training.html")
    #expect(run.status == 0, "\(run.errors)")
    try expectSound(scratch, "training.html", figures: 8)
    let both = try scratch.run(
      "report", "training", "job.yaml", "log.jsonl", "--output", "comparison.html")
    #expect(both.status == 0, "\(both.errors)")
    try expectSound(scratch, "comparison.html", figures: 6)
  }

  @Test("The check sees what is wrong: a page without its script, with a picture from elsewhere")
  func seeing() throws {
    let scratch = try Scratch()
    #expect(
      try scratch.run("report", "inspect", "graphs/xor.yaml", "--output", "a.html").status == 0)
    let html = try #require(scratch.read("a.html"))
    try scratch.write(
      "bad.html",
      html.replacing(/<script>[\s\S]*<\/script>/, with: "<img src=\"file:///nowhere.png\"/>"))
    let answer = try look(scratch, "bad.html", width: 1000, isDark: false)
    #expect(answer.faults.contains { $0.contains("a series stays") })
    #expect(answer.faults.contains { $0.contains(":CONSOLE") })
  }
}
