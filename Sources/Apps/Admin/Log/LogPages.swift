import AccountsContract
import ArtelIdentifiers
import ArtelWeb
import FoundationEssentials
import HTTPTypes
import Hummingbird

/// The system log: looking through it, saving it, and whether it is whole.
struct LogPages: Sendable {
  let admin: Admin

  private static let pageSize = 50

  private struct Model: Sendable {
    let filter: Filter
    let entries: [LogLine]
    let isEmpty: Bool
    let nextURL: String?
    let csvURL: String
    let jsonURL: String
    let verdict: Verdict?
  }

  private struct Filter: Sendable {
    let act: String?
    let member: String?
    let levels: [Choice]
    let since: String?
    let until: String?
  }

  private struct Verdict: Sendable {
    let isWhole: Bool
    let text: String
    let end: String
  }

  func addRoutes(to routes: Routes) {
    routes.get("/admin/log", use: show)
    routes.post("/admin/log/verify", use: verify)
    routes.get("/admin/log/export", use: export)
  }

  /// `GET /admin/log?act=&member=&level=&since=&until=&before=`: entries, newest first.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    try admin.administrator(context)
    let form = try LogForm.read(from: FormSource(query: request.uri.query ?? ""))
    return try await page(form, verdict: nil, context)
  }

  /// `POST /admin/log/verify`: the page with what a walk over the whole log found.
  @Sendable func verify(_ request: Request, _ context: WebContext) async throws -> Response {
    let requester = try admin.requester(request, context)
    context.extendTimeLimit(to: .seconds(300))

    // Before the walk, which the entry is part of then.
    try await admin.accounts.record(.logVerified, by: requester, details: [:])
    let verdict = try await admin.accounts.verifyLog(since: nil)

    return try await page(try LogForm.read(from: FormSource(texts: [])), verdict: verdict, context)
  }

  /// `GET /admin/log/export?format=csv`: everything that the filter lets through, sent while it is
  /// read.
  @Sendable func export(_ request: Request, _ context: WebContext) async throws -> Response {
    let requester = try admin.requester(request, context)
    let source = try FormSource(query: request.uri.query ?? "")
    let form = try LogForm.read(from: source)
    let format = try ExportForm.read(from: source).format
    guard let filter = try await filter(form) else { throw Problem.notFound }

    var details = ["format": format.rawValue]
    for (name, value) in form.parts { details[name] = value }
    try await admin.accounts.record(.logExported, by: requester, details: details)
    context.extendTimeLimit(to: .seconds(600))

    return LogExport(accounts: admin.accounts, filter: filter, format: format).response
  }

  /// What to ask Accounts for; nil when it names somebody who is not there.
  private func filter(_ form: LogForm) async throws -> LogFilter? {
    var filter = form.filter
    guard let login = form.member else { return filter }
    guard let member = try await admin.accounts.memberID(login: login) else { return nil }
    filter.member = member
    return filter
  }

  private func page(
    _ form: LogForm,
    verdict: LogVerdict?,
    _ context: WebContext
  ) async throws -> Response {
    var acts: [LoggedAct] = []
    if let filter = try await filter(form) {
      acts = try await admin.accounts.loggedActs(
        filter,
        before: form.before,
        limit: Self.pageSize + 1
      )
    }
    let shown = Array(acts.prefix(Self.pageSize))
    let next = acts.count > Self.pageSize ? shown.last?.position : nil
    let lines = try await admin.logLines(shown, context)
    let model = Model(
      filter: fields(form, context),
      entries: lines,
      isEmpty: lines.isEmpty,
      nextURL: next.map { address("/admin/log", form.parts + [("before", "\($0)")]) },
      csvURL: address("/admin/log/export", [("format", "csv")] + form.parts),
      jsonURL: address("/admin/log/export", [("format", "jsonl")] + form.parts),
      verdict: verdict.map { text($0, context) }
    )
    return try await admin.pages.render(
      "admin/log",
      model,
      section: "admin_log",
      context: context
    )
  }

  private func fields(_ form: LogForm, _ context: WebContext) -> Filter {
    Filter(
      act: form.act,
      member: form.member,
      levels: LoggedAct.Level.allCases.map { level in
        Choice(
          value: level.rawValue,
          text: admin.pages.text("admin.log.from.\(level.rawValue)", in: context.language),
          isCurrent: level == form.level
        )
      },
      since: form.since,
      until: form.until
    )
  }

  private func text(_ verdict: LogVerdict, _ context: WebContext) -> Verdict {
    let key = verdict.fault.map { "admin.log.fault.\($0.rawValue)" } ?? "admin.log.whole"
    let values: [String: any CustomStringConvertible & Sendable] = [
      "count": verdict.entries, "erased": verdict.erased, "position": verdict.brokenAt ?? 0,
    ]
    return Verdict(
      isWhole: verdict.fault == nil,
      text: admin.pages.text(key, values, in: context.language),
      end: verdict.end
    )
  }
}
