import HTTPTypes
import Hummingbird

/// Serves the assets of a share.
struct AssetRoutes: WebApp {
  let share: Share

  func addRoutes(to routes: Routes) {
    routes.get("/assets/**", use: show)
    for path in share.assets.rootPaths {
      routes.get(RouterPath(path), use: show)
    }
  }

  @Sendable
  private func show(_ request: Request, _ context: WebContext) async throws -> Response {
    await share.refresh()
    guard let asset = share.assets[path: request.uri.path] else { throw Problem.notFound }
    let cache: CachePolicy = asset.isImmutable ? .immutable : .publicRevalidated
    return await request.conditional(on: asset.tag, cache: cache) {
      Response(
        status: .ok,
        headers: [.contentType: asset.contentType],
        body: ResponseBody(byteBuffer: asset.content)
      )
    }
  }
}
