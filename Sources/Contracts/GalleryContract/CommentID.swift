public import ArtelIdentifiers

/// Marks ids of Gallery's comments.
public enum GalleryComment {}

/// The id of a comment in Gallery; UUIDv7, so ids sort by time of creation.
public typealias CommentID = Identifier<GalleryComment>
