import AccountsContract
import ArtelIdentifiers
import ArtelModel
import ArtelSearch
import FoundationEssentials

/// What somebody wants to find.
struct SearchRequest: Sendable {
  /// What was typed.
  var query: TypedQuery
  /// Who looks; nil for a guest, who finds what is public.
  var reader: MemberID?
  /// The groups the reader belongs to.
  var groups: [String] = []
  /// Only things of this app.
  var app: String?
  /// Only things of this kind.
  var kind: String?
  /// Only what this member made.
  var author: MemberID?
  /// Most hits on the page.
  var limit = 20
  /// Where the page begins.
  var after: PageCursor?

  /// Whether only what everybody may see can be found.
  var isByGuest: Bool { reader == nil && groups.isEmpty }

  /// Marks that a document must have.
  var filters: [String] {
    [app.map { "app:\($0)" }, kind.map { "kind:\($0)" }, author.map { "by:\($0)" }]
      .compactMap(\.self)
  }

  /// Marks of which a document must have one.
  var audience: [String] {
    [SearchAudience.everybody.mark] + (reader.map { [SearchAudience.member($0).mark] } ?? [])
      + groups.map { SearchAudience.group($0).mark }
  }
}

/// Something that was found.
struct SearchHit: Sendable {
  let key: SearchDocument.Key
  let owner: MemberID?
  let title: MarkedText
  /// What the body says around the matches.
  let excerpt: MarkedText
  let url: String
  let createdAt: Date
  /// The logarithm of rank and freshness.
  let score: Double

  /// Who made it; nil for members, who are their own.
  var author: MemberID? {
    owner.flatMap { $0.high == key.id.high && $0.low == key.id.low ? nil : $0 }
  }
}
