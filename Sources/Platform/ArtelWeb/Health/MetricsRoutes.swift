import ArtelTelemetry
import HTTPTypes
import Hummingbird
import NIOCore

/// `/metrics`, for Prometheus.
struct MetricsRoutes: WebApp {
  let registry: MetricRegistry
  let access: MetricsAccess

  func addRoutes(to routes: Routes) {
    routes.get("/metrics", use: show)
  }

  /// 200 with all metrics; 404 for callers who may not read them.
  @Sendable
  private func show(_ request: Request, _ context: WebContext) async throws -> Response {
    guard access.admits(context) else { throw Problem.notFound }
    let page = await registry.exposition()
    return Response(
      status: .ok,
      headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: page))
    )
  }
}
