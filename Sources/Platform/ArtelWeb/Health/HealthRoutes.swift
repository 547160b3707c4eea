import HTTPTypes
import Hummingbird

/// `/health/live` and `/health/ready`, for whatever starts, watches and balances processes.
struct HealthRoutes: WebApp {
  let checks: [HealthCheck]

  func addRoutes(to routes: Routes) {
    routes.get("/health/live") { _, _ in
      Response.json { json in
        json.object { $0.field("status", "ok") }
      }
    }
    routes.get("/health/ready", use: ready)
  }

  /// 200 when every check passes, else 503; the body tells the outcome of each.
  @Sendable
  private func ready(_ request: Request, _ context: WebContext) async -> Response {
    let outcomes = await withTaskGroup(of: (Int, HealthCheck.Outcome).self) { group in
      for (index, check) in checks.enumerated() {
        group.addTask { (index, await check.run()) }
      }
      var outcomes = [HealthCheck.Outcome](repeating: .failed, count: checks.count)
      for await (index, outcome) in group { outcomes[index] = outcome }
      return outcomes
    }
    let isReady = outcomes.allSatisfy { $0 == .ok }
    return Response.json(status: isReady ? .ok : .serviceUnavailable) { json in
      json.object { json in
        json.field("status", isReady ? "ok" : "failed")
        json.name("checks")
        json.array { json in
          for (check, outcome) in zip(checks, outcomes) {
            json.object { json in
              json.field("name", check.name)
              json.field("status", outcome.rawValue)
            }
          }
        }
      }
    }
  }
}
