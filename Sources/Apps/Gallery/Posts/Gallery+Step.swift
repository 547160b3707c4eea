extension Gallery {
  /// The moments in publishing, changing, trashing and deleting a post between which a crash can fall.
  ///
  /// Tests end the process at every one of them and look at what the next start makes of the rest.
  public enum Step: String, CaseIterable, Sendable {
    /// The picture has arrived as a whole, and nobody has looked at it.
    case uploadReceived
    /// The picture is cleaned and has its copies, all of them in a scratch folder.
    case picturePrepared
    /// The author is known to Gallery, the transaction has not begun.
    case authorMet
    /// The transaction keeps files from being removed, and has stored none.
    case publishingBegun
    /// The picture is stored, its row is not.
    case pictureStored
    /// The post has its row, the copies are not stored.
    case postInserted
    /// One copy is stored, its row is not; once for each copy.
    case copyStored
    /// All rows are there, the transaction is not committed.
    case postComplete
    /// The post is committed, its author has no answer.
    case postCommitted
    /// A post is changed in a transaction that is not committed.
    case postChanged
    /// The change is committed, its author has no answer.
    case changeCommitted
    /// A post is put into the trash in a transaction that is not committed.
    case postTrashed
    /// The post is in the trash, its author has no answer.
    case trashingCommitted
    /// Posts are deleted for good in a transaction that is not committed.
    case postErased
    /// The deletion is committed, the files are still there.
    case erasureCommitted
    /// The files are removed, the job is not finished.
    case filesRemoved
    /// Posts of a departed member are deleted in a transaction that is not committed.
    case departedPostsDeleted
    /// Their deletion is committed, the files are still there.
    case departureCommitted
  }
}
