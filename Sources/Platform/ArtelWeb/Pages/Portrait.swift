public import ArtelIdentifiers

/// How pages show a person: by a picture, or by initials on a color of their own.
///
/// The template `parts/portrait` shows it.
public struct Portrait: Hashable, Sendable {
  /// How many colors there are; the style sheet has a rule for each.
  static let tones = 8

  // Templates look for what a value lacks in what is around it, so these names are like no others.
  private let initials: String
  private let tone: Int
  private let pictureURL: String?
  private let pictureSrcset: String

  /// Shows a person.
  ///
  /// - Parameters:
  ///   - id: Chooses the color; the same everywhere and for ever.
  ///   - name: Whose first letters stand where there is no picture.
  ///   - picture: The picture; nil for none.
  public init<Entity>(of id: Identifier<Entity>, named name: String, picture: SquarePicture?) {
    initials = Portrait.initials(of: name)
    // Ids of version 7 begin with a time; what is random is at their end.
    tone = Int(id.low % UInt64(Portrait.tones))
    pictureURL = picture?.smallestURL
    pictureSrcset = picture?.sourceSet ?? ""
  }

  /// The first letters of the first two words, in upper case.
  static func initials(of name: String) -> String {
    name.split(separator: " ").prefix(2).compactMap { $0.first.map { String($0).uppercased() } }
      .joined()
  }
}
