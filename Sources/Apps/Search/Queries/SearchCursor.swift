import ArtelIdentifiers
import ArtelModel
import ArtelSearch
import Foundation

/// Where a page of hits ended: in which stretch of eras, and behind which hit of it.
struct SearchCursor: Hashable, Sendable {
  /// The filling of the index whose eras are meant.
  var filling: Int
  /// Eras from here on were searched already.
  var top: Int
  /// Titles in eras from here on were searched already; never above ``top``.
  var titleTop: Int
  /// Whether the words were taken for slips.
  var isCorrected: Bool
  /// The last hit; nil when the stretch begins.
  var last: Last?

  struct Last: Hashable, Sendable {
    let score: Double
    let id: DocumentID
  }

  private static let mark: [UInt8] = [0xA7, 0x5E, 0xA2, 0x02]

  init(filling: Int, top: Int, titleTop: Int, isCorrected: Bool = false, last: Last? = nil) {
    self.filling = filling
    self.isCorrected = isCorrected
    self.top = top
    self.titleTop = titleTop
    self.last = last
  }

  /// Reads what a client sent back.
  ///
  /// - Throws: `InvalidPageCursor` when it belongs to another list or was tampered with.
  init(_ cursor: PageCursor) throws {
    let base64 = cursor.description.replacing("-", with: "+").replacing("_", with: "/")
    let padding = String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
    guard let data = Data(base64Encoded: base64 + padding),
      data.count == 45 || data.count == 21, data.starts(with: SearchCursor.mark)
    else { throw InvalidPageCursor() }
    let bytes = Array(data.dropFirst(5))
    isCorrected = data[4] != 0
    filling = Int(SearchCursor.number(bytes[0..<4]))
    top = Int(SearchCursor.number(bytes[4..<10]))
    titleTop = Int(SearchCursor.number(bytes[10..<16]))
    guard titleTop <= top, top <= Int(Int32.max) else { throw InvalidPageCursor() }
    guard bytes.count > 16 else { return }
    let score = Double(bitPattern: SearchCursor.number(bytes[16..<24]))
    guard score.isFinite else { throw InvalidPageCursor() }
    last = Last(
      score: score,
      id: DocumentID(
        high: SearchCursor.number(bytes[24..<32]),
        low: SearchCursor.number(bytes[32..<40])
      )
    )
  }

  /// Where a page begins: behind what a client sent back, or at `head`.
  ///
  /// Clients may send what they like, and a walk takes a step for each era: none begins above the
  /// head. A cursor of another filling says nothing about this one, and leads to the head.
  static func place(after cursor: PageCursor?, head: SearchCursor) throws -> SearchCursor {
    guard var place = try cursor.map(SearchCursor.init), place.filling == head.filling else {
      return head
    }
    place.top = min(place.top, head.top)
    place.titleTop = min(place.titleTop, place.top)
    return place
  }

  /// The cursor as clients get it.
  var pageCursor: PageCursor? {
    var bytes = SearchCursor.mark + [isCorrected ? 1 : 0]
    bytes += SearchCursor.bytes(UInt64(filling)).suffix(4)
    bytes += SearchCursor.bytes(UInt64(top)).suffix(6)
    bytes += SearchCursor.bytes(UInt64(titleTop)).suffix(6)
    if let last {
      bytes += SearchCursor.bytes(last.score.bitPattern)
      bytes += SearchCursor.bytes(last.id.high) + SearchCursor.bytes(last.id.low)
    }
    let base64 = Data(bytes).base64EncodedString()
    return PageCursor(
      base64.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    )
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func bytes(_ number: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * UInt64($0))) }
  }
}
