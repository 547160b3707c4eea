/// Which statements one connection has prepared: a pure value, least recently used out first.
struct PreparedStatements {
  enum Lookup: Equatable {
    /// Already prepared under this name.
    case known(String)
    /// To be prepared under this name; the other one, if any, is to be deallocated before.
    case unknown(String, evicted: String?)
  }

  private struct Entry {
    let name: String
    var lastUse: Int
  }

  private var entries: [StatementKey: Entry] = [:]
  private var uses = 0
  private var names = 0
  private let capacity: Int

  init(capacity: Int) {
    self.capacity = max(1, capacity)
  }

  var count: Int { entries.count }

  mutating func lookUp(_ key: StatementKey) -> Lookup {
    uses += 1
    if let name = touch(key) { return .known(name) }
    var evicted: String?
    if entries.count >= capacity,
      let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse })
    {
      evicted = oldest.value.name
      entries.removeValue(forKey: oldest.key)
    }
    names += 1
    let name = "s\(names)"
    entries[key] = Entry(name: name, lastUse: uses)
    return .unknown(name, evicted: evicted)
  }

  /// Forgets a statement that the server refused or no longer accepts; returns the name it had.
  @discardableResult
  mutating func forget(_ key: StatementKey) -> String? {
    entries.removeValue(forKey: key)?.name
  }

  private mutating func touch(_ key: StatementKey) -> String? {
    guard let index = entries.index(forKey: key) else { return nil }
    entries.values[index].lastUse = uses
    return entries.values[index].name
  }
}
