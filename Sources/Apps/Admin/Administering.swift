import AccountsContract
import ArtelConcurrency
import ArtelWeb
import Hummingbird

extension Admin {
  /// The administrator who looks at a page in a browser, and proved lately who they are.
  ///
  /// - Throws: `Problem` of kind `not_found` for everybody else, guests too; of kind
  ///   `fresh_sign_in_needed` or `second_factor_needed`, which lead to the proof.
  @discardableResult
  func administrator(_ context: WebContext) throws -> Principal {
    try context.administrator(proof, at: clock.now())
  }

  /// Who asks for an act, and from where.
  ///
  /// - Throws: As ``administrator(_:)``.
  func requester(_ request: Request, _ context: WebContext) throws -> Requester {
    Requester(
      try administrator(context).memberID,
      userAgent: request.headers[.userAgent] ?? "",
      address: context.clientAddress,
      language: context.language.rawValue
    )
  }

  /// Does something outside Accounts and records it: first that it is tried, behind it that it was done.
  ///
  /// No transaction holds the act and its entry, which are in different databases. With the entry of the
  /// act in front, a refused one would be in the log; with that alone behind it, one would be missing
  /// when the process dies between. So an attempt with no act behind it was refused or broken off, or the
  /// process died just after it, and no act is without an entry.
  ///
  /// - Parameters:
  ///   - act: What is done.
  ///   - requester: Who does it.
  ///   - details: What else is worth knowing of it.
  ///   - body: Does it; false when it is no longer possible.
  /// - Throws: `Problem` of kind `conflict` for what is no longer possible, and of kind `not_found`,
  ///   before anything is done, when the requester is no administrator.
  func recording(
    _ act: AdministrativeAct,
    by requester: Requester,
    details: [String: String],
    _ body: () async throws -> Bool
  ) async throws {
    let attempt = details.merging(["act": act.name]) { $1 }
    try await accounts.record(.actTried, by: requester, details: attempt)
    guard try await body() else { throw Problem.conflict }
    try await accounts.record(act, by: requester, details: details)
  }
}

extension WebContext {
  /// Does an act and leads back to a page that says so, or why it was refused: 303.
  ///
  /// - Throws: What is no refusal, and a refusal with 404.
  func answer(
    _ back: String,
    saying done: String,
    _ act: () async throws -> Void
  ) async throws -> Response {
    do {
      try await act()
      flash(done)
    } catch {
      let refusal: Problem
      switch error {
      case let problem as Problem: refusal = problem
      case let other as any ProblemConvertible: refusal = other.problem
      default: throw error
      }
      guard refusal.status != .notFound else { throw error }
      flash("admin_\(refusal.kind.key)", kind: .error)
    }
    return .seeOther(back)
  }
}

/// A query of an address out of those parts that have a value.
func address(_ path: String, _ parts: [(name: String, value: String?)]) -> String {
  let pairs = parts.compactMap { part in
    part.value.flatMap { $0.isEmpty ? nil : "\(part.name)=\(encoded($0))" }
  }
  return pairs.isEmpty ? path : "\(path)?\(pairs.joined(separator: "&"))"
}

/// Everything but letters, digits and marks that mean nothing in a query, as `%XX`.
private func encoded(_ text: String) -> String {
  var result = ""
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
      UInt8(ascii: "."), UInt8(ascii: "~"):
      result.unicodeScalars.append(Unicode.Scalar(byte))
    default:
      let digits = String(byte, radix: 16, uppercase: true)
      result += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
    }
  }
  return result
}

/// One of several things a list can be narrowed to.
struct Choice: Sendable {
  let value: String
  let text: String
  let isCurrent: Bool
}
