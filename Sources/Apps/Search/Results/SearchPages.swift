import AccountsContract
import ArtelModel
import ArtelSearch
import ArtelWeb
import FoundationEssentials
import Hummingbird

/// The page of the search box; it works without JavaScript.
struct SearchPages: Sendable {
  let search: Search

  private struct SearchPage: Sendable {
    let search: Typed
    let filters: [Filter]
    let hits: [HitCard]
    let isNothingFound: Bool
    let nextURL: String?
  }

  private struct Typed: Sendable {
    let query: String
    let app: String?
  }

  private struct Filter: Sendable {
    let name: String
    let url: String
    let isCurrent: Bool
  }

  private struct HitCard: Sendable {
    let kindName: String
    let icon: String
    /// How a member that was found is shown; nil for other things.
    let portrait: Portrait?
    let title: [MarkedText.Part]
    let excerpt: [MarkedText.Part]
    let hasExcerpt: Bool
    let url: String
    let author: String?
    let createdAt: Date
  }

  func addRoutes(to routes: Routes) {
    routes.on("/search", method: .get, limit: SearchForm.limit, use: show)
  }

  /// `GET /search?q=…&app=…`: the box, and what was found.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let form = try SearchForm.read(from: FormSource(query: request.uri.query ?? ""))
    let reader = context.principal?.memberID
    let page =
      form.query.isEmpty && form.author == nil
      ? Page(items: [], next: nil) : try await search.index.find(form.request(by: reader))
    let cards = try await search.accounts.members(Array(Set(page.items.compactMap(\.owner))))
    let model = SearchPage(
      search: Typed(query: form.query, app: form.app),
      filters: filters(form, context),
      hits: page.items.map { card($0, of: $0.owner.flatMap { cards[$0] }, context) },
      isNothingFound: !form.query.isEmpty && page.items.isEmpty,
      nextURL: page.next.map { address(form, app: form.app, after: $0) }
    )
    return try await search.pages.render("search/show", model, section: "search", context: context)
  }

  private func filters(_ form: SearchForm, _ context: WebContext) -> [Filter] {
    ([nil] + search.apps).map { app in
      Filter(
        name: search.pages.text("search.app_\(app ?? "all")", in: context.language),
        url: address(form, app: app),
        isCurrent: form.app == app
      )
    }
  }

  private func address(_ form: SearchForm, app: String?, after: PageCursor? = nil) -> String {
    var fields = [("q", form.query)]
    if let app { fields.append(("app", app)) }
    if let kind = form.kind { fields.append(("kind", kind)) }
    if let author = form.author { fields.append(("author", "\(author)")) }
    if let after { fields.append(("after", "\(after)")) }
    return "/search?" + URLEncoded.text(fields)
  }

  private func card(
    _ hit: SearchHit,
    of owner: MemberCard?,
    _ context: WebContext
  ) -> HitCard {
    let untitled = search.pages.text("search.untitled", in: context.language)
    return HitCard(
      kindName: search.pages.text("search.kind_\(hit.key.kind)", in: context.language),
      icon: hit.key.kind,
      portrait: hit.author == nil ? owner.map(Portrait.init(of:)) : nil,
      title: hit.title.parts.isEmpty
        ? [MarkedText.Part(text: untitled, isMatch: false)] : hit.title.parts,
      excerpt: hit.excerpt.parts,
      hasExcerpt: !hit.excerpt.parts.isEmpty,
      url: hit.url,
      author: hit.author == nil ? nil : owner?.displayName,
      createdAt: hit.createdAt
    )
  }
}

extension Portrait {
  /// How pages show a member.
  fileprivate init(of card: MemberCard) {
    self.init(
      of: card.id,
      named: card.displayName,
      picture: card.avatar.map { SquarePicture($0.squares) }
    )
  }
}
