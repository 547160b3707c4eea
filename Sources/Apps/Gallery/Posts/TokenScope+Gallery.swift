import ArtelWeb

extension TokenScope {
  /// Seeing what the member sees, private pictures too.
  static let galleryRead: TokenScope = "gallery:read"
  /// Publishing, changing and deleting pictures.
  static let galleryWrite: TokenScope = "gallery:write"
}
