/// A square picture in several sizes, by their addresses.
///
/// In JSON an object with a member for each size, such as `url_64`.
public struct SquarePicture: Hashable, Sendable {
  private struct Copy: Hashable, Sendable {
    let sidePixels: Int
    let url: String
  }

  private let copies: [Copy]

  /// Describes a picture.
  ///
  /// - Parameter squares: The sides in pixels and the addresses, smallest first; one or more.
  public init(_ squares: [(sidePixels: Int, url: String)]) {
    copies = squares.map { Copy(sidePixels: $0.sidePixels, url: $0.url) }
  }

  /// The address of the smallest square.
  var smallestURL: String? { copies.first?.url }

  /// All of them with their widths, for the `srcset` attribute.
  var sourceSet: String {
    copies.map { "\($0.url) \($0.sidePixels)w" }.joined(separator: ", ")
  }
}

extension SquarePicture: JSONWritable {
  /// Writes the addresses.
  public func write(to json: inout JSONWriter) {
    json.object { json in
      for copy in copies { json.field(named: "url_\(copy.sidePixels)", copy.url) }
    }
  }
}
