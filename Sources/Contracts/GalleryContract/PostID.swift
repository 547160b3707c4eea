public import ArtelIdentifiers

/// Marks ids of Gallery's posts.
public enum GalleryPost {}

/// The id of a post in Gallery; UUIDv7, so ids sort by time of creation.
public typealias PostID = Identifier<GalleryPost>
