import HTTPTypes
import Hummingbird

/// `/health/live` and `/health/ready`, for whatever starts, watches and balances processes.
struct HealthRoutes: WebApp {
  private typealias Result = (outcome: HealthCheck.Outcome, nanoseconds: UInt64)

  let checks: [HealthCheck]

  func addRoutes(to routes: Routes) {
    routes.get("/health/live") { _, _ in
      Response.json { json in
        json.object { $0.field("status", "ok") }
      }
    }
    routes.get("/health/ready", use: ready)
  }

  /// 200 when every check passes, else 503; the body tells the outcome of each, and how
  /// long it took.
  @Sendable
  private func ready(_ request: Request, _ context: WebContext) async -> Response {
    let results = await withTaskGroup(of: (Int, Result).self) { group in
      for (index, check) in checks.enumerated() {
        group.addTask { (index, await check.run()) }
      }
      var results = [Result](repeating: (.failed, 0), count: checks.count)
      for await (index, result) in group { results[index] = result }
      return results
    }
    let isReady = results.allSatisfy { $0.outcome == .ok }
    return Response.json(status: isReady ? .ok : .serviceUnavailable) { json in
      json.object { json in
        json.field("status", isReady ? "ok" : "failed")
        json.name("checks")
        json.array { json in
          for (check, result) in zip(checks, results) {
            json.object { json in
              json.field("name", check.name)
              json.field("status", result.outcome.rawValue)
              json.field("ms", Double(result.nanoseconds / 1000) / 1000)
            }
          }
        }
      }
    }
  }
}
