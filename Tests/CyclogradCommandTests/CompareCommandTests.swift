import Foundation
import TestSupport
import Testing

@Suite("cyclograd compare", .tags(.slow), .unlessFast)
struct CompareCommandTests {
  @Test("prints one aligned row for each backend")
  func table() throws {
    let run = try Scratch().run("compare", "graphs/feedback.yaml")
    #expect(run.status == 0)
    let lines = run.output.split(separator: "\n")
    #expect(lines.contains { $0.hasPrefix("edge-list  converged") })
    #expect(lines.contains { $0.hasPrefix("direct     converged") && $0.hasSuffix("reference") })
    #expect(run.output.contains("drawn from seed 1"))
    #expect(run.errors.isEmpty)
  }

  @Test("gives JSON with the contract's keys, and nothing else")
  func json() throws {
    let json = try Scratch().run(
      "compare", "graphs/islands.yaml", "--backends", "klu,edge-list,cholmod", "--repeat", "2",
      "--json"
    ).json()
    let graph = try #require(json["graph"] as? [String: Any])
    #expect(graph["neurons"] as? Int == 2000)
    #expect(graph["edges"] as? Int == 5995)
    #expect(graph["components"] as? Int == 1200)
    #expect(graph["largest_component"] as? Int == 5)
    #expect(json["samples"] as? Int == 1)
    #expect(json["reference"] as? String == "klu")
    let backends = try #require(json["backends"] as? [[String: Any]])
    #expect(backends.map { $0["backend"] as? String } == ["klu", "edge-list", "cholmod"])
    for key in [
      "status", "analysis_seconds", "equilibrium_seconds", "gradient_seconds",
      "equilibrium_iterations", "gradient_iterations", "residual", "max_difference",
    ] {
      #expect(backends.allSatisfy { $0[key] != nil }, "\(key)")
    }
    #expect(backends[0]["max_difference"] as? Double == 0)
    #expect(try #require(backends[1]["max_difference"] as? Double) < 1e-8)
    #expect(backends[2]["status"] as? String == "not-applicable")
    #expect(backends[2]["max_difference"] is NSNull)
  }

  @Test("shows predicted beside measured costs")
  func costs() throws {
    let arguments = [
      "compare", "graphs/islands.yaml", "--backends", "automatic,edge-list,newton-krylov+direct",
      "--costs",
    ]
    let text = try Scratch().run(arguments).output
    #expect(text.contains("predicted") && text.contains("adjoint"))
    let json = try Scratch().run(arguments + ["--json"]).json()
    let costs = try #require(json["costs"] as? [[String: Any]])
    let automatic = costs.filter { $0["backend"] as? String == "automatic" }
    #expect(Set(automatic.compactMap { $0["system"] as? String }) == ["equilibrium", "adjoint"])
    #expect(automatic.allSatisfy { $0["predicted_seconds"] as? Double ?? 0 > 0 })
    #expect(costs.allSatisfy { $0["measured_seconds"] as? Double ?? -1 >= 0 })
    // What happens within a step of Newton–Krylov is not in the model.
    let krylov = costs.first { $0["backend"] as? String == "newton-krylov+direct" }
    #expect(krylov?["predicted_seconds"] is NSNull)
    let acyclic = try Scratch().run(
      "compare", "graphs/autoencoder-v0.yaml", "--backends", "automatic", "--costs")
    #expect(acyclic.output.contains("no costs to predict"))
  }

  @Test("the reference is direct wherever it stands in the list")
  func reference() throws {
    let json = try Scratch().run(
      "compare", "graphs/feedback.yaml", "--backends", "edge-list,klu,direct", "--json"
    ).json()
    #expect(json["reference"] as? String == "direct")
  }

  @Test("reports what it is when plain iteration oscillates for ever")
  func oscillation() throws {
    let run = try Scratch().run("compare", "graphs/newton-only.yaml", "--json")
    let backends = try #require(try run.json()["backends"] as? [[String: Any]])
    #expect(run.status == 0)
    #expect(backends[0]["status"] as? String == "iteration-limit")
    #expect(backends[0]["max_difference"] is NSNull)
    #expect(backends[1]["status"] as? String == "converged")
  }

  @Test("exits with 2 when no backend finds an equilibrium")
  func nothing() throws {
    let run = try Scratch().run("compare", "graphs/no-equilibrium.yaml")
    #expect(run.status == 2)
    #expect(!run.output.contains("converged"))
    #expect(run.errors.contains("no backend"))
  }

  @Test(
    "every network of graphs/ gives the same gradient by iteration and directly",
    arguments: [
      "autoencoder-v0", "autoencoder-v1", "autoencoder-v2", "convolution", "feedback", "hopfield",
      "islands", "self-loop", "softmax", "xor",
    ])
  func agreement(name: String) throws {
    let run = try Scratch().run("compare", "graphs/\(name).yaml", "--samples", "3", "--json")
    #expect(run.status == 0)
    for backend in try #require(try run.json()["backends"] as? [[String: Any]]) {
      #expect(backend["status"] as? String == "converged")
      #expect(try #require(backend["relative_difference"] as? Double) < 1e-8)
    }
  }

  @Test("approximate gradients are compared with the exact one")
  func approximations() throws {
    let scratch = try Scratch()
    let table = try scratch.run("compare", "graphs/feedback.yaml", "--samples", "3").output
    #expect(table.contains("degrees") && table.contains("phantom:5:0.5"))
    let json = try scratch.run(
      "compare", "graphs/feedback.yaml", "--samples", "3", "--json", "--gradients",
      "semi,neumann:1,phantom:400:0.25"
    ).json()
    let rows = try #require(json["gradients"] as? [[String: Any]])
    #expect(rows.map { $0["gradient"] as? String } == ["semi", "neumann:1", "phantom:400:0.25"])
    for row in rows {
      #expect(row["status"] as? String == "converged")
      let (cosine, degrees) = (row["cosine"] as? Double, row["degrees"] as? Double)
      #expect(abs(cos(try #require(degrees) * .pi / 180) - (try #require(cosine))) < 1e-12)
      #expect(row["relative_length"] is Double)
    }
    #expect(try #require(rows[1]["relative_error"] as? Double) > 1e-3)
    #expect(try #require(rows[2]["relative_error"] as? Double) < 1e-8)
    let none = try scratch.run("compare", "graphs/feedback.yaml", "--gradients", "none")
    #expect(none.status == 0 && !none.output.contains("degrees"))
    for (kinds, message) in [
      ("semi,semi", "twice"), ("exact", "exact gradient"), ("neumann:0", "'neumann:0'"),
      ("newton", "neumann:K"), ("", "no kind"),
    ] {
      let run = try scratch.run("compare", "graphs/xor.yaml", "--gradients", kinds)
      #expect(run.status == 1 && run.errors.contains(message), "\(run.errors)")
    }
  }

  @Test("options that make no sense are refused")
  func options() throws {
    let scratch = try Scratch()
    let unknown = try scratch.run("compare", "graphs/xor.yaml", "--backends", "edge-list,direkt")
    #expect(unknown.status == 1)
    #expect(unknown.errors.contains("no backend named 'direkt'"))
    #expect(try scratch.run("compare", "graphs/xor.yaml", "--backends", "klu,klu").status == 1)
    #expect(try scratch.run("compare", "graphs/xor.yaml", "--tolerance=-1").status == 1)
    #expect(try scratch.run("compare", "graphs/xor.yaml", "--repeat", "0").status == 1)
    #expect(try scratch.run("compare", "graphs/xor.yaml", "--threads", "0").status == 1)
    #expect(try scratch.run("compare", "graphs/xor.yaml", "--max-iterations", "0").status == 1)
    #expect(try scratch.run("compare", "graphs/xor.yaml", "--columns", "0").status == 1)
    #expect(try scratch.run("compare").status == 64)
  }

  @Test("a cap on iterations holds for every backend")
  func cap() throws {
    let json = try Scratch().run(
      "compare", "graphs/feedback.yaml", "--max-iterations", "2", "--json"
    ).json()
    for backend in try #require(json["backends"] as? [[String: Any]]) {
      #expect(backend["status"] as? String == "iteration-limit")
      #expect(backend["equilibrium_iterations"] as? Int == 2)
    }
  }
}
