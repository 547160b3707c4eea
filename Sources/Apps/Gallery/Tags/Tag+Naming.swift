import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import Foundation

extension Tag {
  /// The tags with these names, whatever their case; those that nobody has used before are made.
  ///
  /// One statement when all of them are known, else two more. Made in the order of their names, so
  /// that two posts with the same fresh tags do not wait for each other in a circle; call it before
  /// ``count(_:in:)``.
  static func named(
    _ names: [TagName],
    at now: Date,
    in tx: Transaction
  ) async throws -> [Tag] {
    var tags: [String: Tag] = [:]
    var missing = names.map(\.text)
    var isRetry = false
    while !missing.isEmpty {
      for (name, tag) in try await find(missing, in: tx) { tags[name] = tag }
      missing = missing.filter { tags[$0] == nil }
      guard !missing.isEmpty else { break }
      try await make(missing, apart: isRetry, at: now, in: tx)
      isRetry = true
    }
    var known: Set<TagID> = []
    return names.compactMap { tags[$0.text] }.filter { known.insert($0.id).inserted }
  }

  private static func find(_ names: [String], in tx: Transaction) async throws -> [(String, Tag)] {
    try await tx.read(
      """
      select typed.name, \(columns: Tag.self)
      from unnest(\(names)::text[]) as typed (name)
      join tags on lower(tags.name) = lower(typed.name collate "und-x-icu")
      """
    ).map { (try $0.decode(at: 0), try Tag(from: $0, at: 1)) }
  }

  /// Inserts what is not there; `apart` gives addresses that nobody else has, as two names may be one
  /// in Latin letters.
  private static func make(
    _ names: [String],
    apart: Bool,
    at now: Date,
    in tx: Transaction
  ) async throws {
    let ids = names.map { _ in TagID.generate() }
    let slugs = zip(names, ids).map { name, id in
      let slug = TagName(name)?.slug ?? ""
      guard apart || slug.isEmpty else { return slug }
      return "\(slug.isEmpty ? "tag" : slug)-\(id.description.suffix(8))"
    }
    _ = try await tx.write(
      """
      insert into tags (id, name, slug, created_at, updated_at)
      select fresh.id, fresh.name, fresh.slug, \(now), \(now)
      from unnest(\(ids), \(names)::text[], \(slugs)::text[])
        as fresh (id, name, slug)
      order by lower(fresh.name collate "und-x-icu")
      on conflict do nothing
      """
    )
  }
}
