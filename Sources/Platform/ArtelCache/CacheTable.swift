/// Values by key, bounded by their cost: a segmented LRU.
///
/// What is stored for the first time goes on probation, what is found there is protected, and what
/// has to go goes from the end of probation. So a scan over many keys that are asked for once pushes
/// out other such keys, never those in use. The protected part has four fifths of the room; when it
/// is full, what was found longest ago goes back on probation, for a second chance. Every operation
/// is O(1) and touches no clock; a value, tested without I/O.
struct CacheTable<Key: Hashable, Value> {
  private enum Segment {
    case probation
    case protected
  }

  /// The ends of a list of slots and what is in it.
  private struct List {
    var first: Int?
    var last: Int?
    var cost = 0
  }

  private struct Slot {
    var key: Key
    var value: Value
    var cost: Int
    var segment: Segment
    var previous: Int?
    var next: Int?
  }

  /// The most that all values together may cost.
  let limit: Int

  private let protectedLimit: Int
  private var slots: [Slot?] = []
  private var freeSlots: [Int] = []
  private var index: [Key: Int] = [:]
  private var probation = List()
  private var protected = List()

  init(limit: Int) {
    self.limit = limit
    protectedLimit = limit / 5 * 4
  }

  /// How many values there are.
  var count: Int { index.count }

  /// What they cost together.
  var cost: Int { probation.cost + protected.cost }

  /// The value of a key, which is then protected.
  mutating func find(_ key: Key) -> Value? {
    guard let place = index[key], var slot = slots[place] else { return nil }
    unlink(place)
    slot.segment = .protected
    slots[place] = slot
    linkFirst(place)
    while protected.cost > protectedLimit, let last = protected.last, last != place {
      unlink(last)
      slots[last]?.segment = .probation
      linkFirst(last)
    }
    return slot.value
  }

  /// Stores a value in place of an older one, and returns the keys that had to go.
  ///
  /// A value that costs more than a fifth of the limit would push out too many others: it is not
  /// stored.
  mutating func insert(_ key: Key, _ value: Value, cost: Int) -> [Key] {
    let segment = index[key].flatMap { slots[$0]?.segment } ?? .probation
    remove(key)
    guard cost <= limit - protectedLimit else { return [] }
    let slot = Slot(key: key, value: value, cost: cost, segment: segment)
    let place = freeSlots.popLast() ?? slots.count
    if place == slots.count { slots.append(slot) } else { slots[place] = slot }
    index[key] = place
    linkFirst(place)
    var evicted: [Key] = []
    while self.cost > limit, let last = probation.last ?? protected.last,
      let key = slots[last]?.key
    {
      remove(key)
      evicted.append(key)
    }
    return evicted
  }

  /// Removes a value; false when there was none.
  @discardableResult
  mutating func remove(_ key: Key) -> Bool {
    guard let place = index.removeValue(forKey: key) else { return false }
    unlink(place)
    slots[place] = nil
    freeSlots.append(place)
    return true
  }

  private mutating func linkFirst(_ place: Int) {
    guard let segment = slots[place]?.segment, let cost = slots[place]?.cost else { return }
    var list = segment == .protected ? protected : probation
    slots[place]?.previous = nil
    slots[place]?.next = list.first
    if let first = list.first { slots[first]?.previous = place } else { list.last = place }
    list.first = place
    list.cost += cost
    set(list, segment)
  }

  private mutating func unlink(_ place: Int) {
    guard let slot = slots[place] else { return }
    var list = slot.segment == .protected ? protected : probation
    if let previous = slot.previous {
      slots[previous]?.next = slot.next
    } else {
      list.first = slot.next
    }
    if let next = slot.next {
      slots[next]?.previous = slot.previous
    } else {
      list.last = slot.previous
    }
    list.cost -= slot.cost
    set(list, slot.segment)
  }

  private mutating func set(_ list: List, _ segment: Segment) {
    switch segment {
    case .probation: probation = list
    case .protected: protected = list
    }
  }
}
