import ArtelConcurrency
import ArtelIdentifiers
public import ArtelImports
import ArtelModel
import ArtelPostgres
import Foundation

extension Gallery {
  /// Makes tags of those of another system; names that are one here become one tag.
  ///
  /// A comma becomes a space, as commas stand between tags here. Nothing is shown of a tag until a post has
  /// it.
  ///
  /// Cost: eight statements, however many tags; a few hundred are a good number.
  ///
  /// - Throws: `PostgresError`; none was taken then.
  public func importTags(_ tags: [TagToImport]) async throws -> ImportTally {
    let now = clock.now()
    return try await db.transaction { tx in
      var tally = ImportTally()
      try await ImportKind.hold(in: tx)
      let known = try await ImportKind.tag.known(tags.map(\.id), as: TagID.self, in: tx)
      let fresh = tags.filter { known[$0.id] == nil }
      tally.known = tags.count - fresh.count
      var names: [(source: TagToImport, name: TagName)] = []
      for tag in fresh {
        let line = ForeignText.line(tag.name.replacing(",", with: " "), limit: 1_000).text
        guard let name = TagName(line) else {
          tally.refuse(.tag, tag.id, line.isEmpty ? "name_empty" : "name_too_long", tag.name)
          continue
        }
        names.append((tag, name))
      }
      let found = try await Tag.byName(names.map(\.name), at: now, in: tx)
      var taken: [(source: ForeignID, id: TagID)] = []
      for (source, name) in names {
        guard let tag = found[name] else {
          tally.refuse(.tag, source.id, "name_unusable", source.name)
          continue
        }
        taken.append((source.id, tag.id))
        if tag.name != source.name {
          tally.change(.tag, source.id, "name_changed", "\(source.name) is \(tag.name) now")
        }
      }
      try await ImportKind.tag.remember(taken, in: tx)
      tally.taken = taken.count
      return tally
    }
  }
}

extension Tag {
  /// The tag of each name; those that nobody has used before are made.
  fileprivate static func byName(
    _ names: [TagName],
    at now: Date,
    in tx: Transaction
  ) async throws -> [TagName: Tag] {
    let distinct = TagName.all(names.map(\.text))
    let tags = try await named(distinct, at: now, in: tx)
    let byName = Dictionary(tags.map { ($0.name.lowercased(), $0) }) { first, _ in first }
    let pairs = names.compactMap { name in byName[name.text.lowercased()].map { (name, $0) } }
    return Dictionary(pairs) { first, _ in first }
  }
}
