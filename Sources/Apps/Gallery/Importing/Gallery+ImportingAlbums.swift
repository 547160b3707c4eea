import AccountsContract
import ArtelConcurrency
import ArtelIdentifiers
public import ArtelImports
import ArtelModel
import ArtelPostgres
import Foundation
import GalleryContract

extension Gallery {
  /// Brings albums of another system, empty; they have the id that they had there, unless it is another's.
  ///
  /// Cost: seven statements, however many albums; a few hundred are a good number.
  ///
  /// - Throws: `PostgresError`; none was taken then.
  public func importAlbums(_ albums: [AlbumToImport]) async throws -> ImportTally {
    try await db.transaction { tx in
      var tally = ImportTally()
      try await ImportKind.hold(in: tx)
      let known = try await ImportKind.album.known(albums.map(\.id), as: AlbumID.self, in: tx)
      var seen: Set<ForeignID> = []
      let fresh = albums.filter { known[$0.id] == nil && seen.insert($0.id).inserted }
      tally.known = albums.count - fresh.count
      let owners = try await Member.meet(fresh.map(\.owner), through: accounts, in: tx)
      let occupied = try await tx.read(
        "select id from albums where id = any(array(select unnest(\(fresh.map(\.id)))))"
      )
      let foreign = Set(try occupied.map { try $0.decode(AlbumID.self, at: 0) })
      var taken: [(source: ForeignID, album: Album)] = []
      for album in fresh {
        guard owners.contains(album.owner) else {
          tally.refuse(.album, album.id, "member_missing")
          continue
        }
        let same = AlbumID(high: album.id.high, low: album.id.low)
        let id = foreign.contains(same) ? AlbumID.generate() : same
        taken.append((album.id, Album(album, id: id, now: clock.now(), &tally)))
      }
      try await tx.insert(contentsOf: taken.map(\.album))
      try await ImportKind.album.remember(taken.map { ($0.source, $0.album.id) }, in: tx)
      tally.taken = taken.count
      return tally
    }
  }

  /// Puts posts of another system into their albums, behind what is in them, in the order given.
  ///
  /// Albums hold posts of their owner alone, at most 1,000; others are refused.
  ///
  /// Cost: seven statements, however many posts; a few hundred are a good number.
  ///
  /// - Throws: `PostgresError`; none was taken then.
  public func importAlbumPosts(_ places: [AlbumPostToImport]) async throws -> ImportTally {
    try await db.transaction(retry: .retryable) { tx in
      var tally = ImportTally()
      try await ImportKind.hold(in: tx)
      let known = try await ImportKind.albumPost.known(places.map(\.id), as: PostID.self, in: tx)
      let fresh = places.filter { known[$0.id] == nil }
      tally.known = places.count - fresh.count
      // Posts before albums, as everywhere.
      let posts = try await Post.present(fresh.map(\.post), in: tx)
      let albums = try await ImportKind.album.known(fresh.map(\.album), as: AlbumID.self, in: tx)
      var wanted: [ImportedPlace] = []
      for place in fresh {
        guard let post = posts[place.post], let album = albums[place.album] else {
          let reason = posts[place.post] == nil ? "post_missing" : "album_missing"
          tally.refuse(.albumPost, place.id, reason, "\(place.post) in \(place.album)")
          continue
        }
        wanted.append(
          ImportedPlace(source: place.id, album: album, post: post, isCover: place.isCover)
        )
      }
      let outcomes = try await ImportedPlace.insert(wanted, in: tx)
      for (index, place) in wanted.enumerated() {
        switch outcomes[index] {
        case "taken": tally.taken += 1
        case let reason: tally.refuse(.albumPost, place.source, reason ?? "album_missing")
        }
      }
      let kept = wanted.enumerated().filter { ["taken", "double"].contains(outcomes[$0.offset]) }
      try await ImportKind.albumPost.remember(
        kept.map { ($0.element.source, $0.element.post) },
        in: tx
      )
      return tally
    }
  }
}

extension Album {
  /// The row of an album of another system.
  fileprivate init(
    _ source: AlbumToImport,
    id: AlbumID,
    now: Date,
    _ tally: inout ImportTally
  ) {
    let name = ForeignText.line(source.name, limit: 200)
    if name.isCut || name.text.isEmpty {
      tally.change(.album, source.id, name.isCut ? "name_cut" : "name_empty", source.name)
    }
    let description = ForeignText.lines(source.description, limit: 5_000)
    if description.isCut { tally.change(.album, source.id, "description_cut", name.text) }
    let made = ForeignText.time(source.createdAt, now: now)
    if made.isMoved { tally.change(.album, source.id, "time_changed", name.text) }
    self.init(
      id: id,
      ownerID: source.owner,
      name: name.text.isEmpty ? "–" : name.text,
      description: description.text,
      visibility: source.isPublic ? .public : .private,
      createdAt: made.time,
      updatedAt: max(ForeignText.time(source.updatedAt, now: now).time, made.time)
    )
  }
}

/// The place of a post in an album, both of them here.
private struct ImportedPlace: Sendable {
  let source: ForeignID
  let album: AlbumID
  let post: PostID
  let isCover: Bool

  /// Stores places; two statements, none for nothing.
  ///
  /// - Returns: What became of each, by its index: `taken`, or why not.
  static func insert(_ places: [ImportedPlace], in tx: Transaction) async throws -> [Int: String] {
    guard !places.isEmpty else { return [:] }
    let albums = Set(places.map(\.album)).sorted()
    _ = try await tx.read(
      "select from albums where id = any(array(select unnest(\(albums)))) order by id for update"
    )
    let rows = try await tx.write(
      """
      with given as (
        select * from unnest(\(places.map(\.album)), \(places.map(\.post)), \(places.map(\.isCover)))
          with ordinality as given (album_id, post_id, is_cover, place)
      ), judged as (
        select given.*, posts.author_id = albums.owner_id as is_own,
          present.post_id is not null or row_number() over each_place > 1 as is_double
        from given
        join albums on albums.id = given.album_id
        join posts on posts.id = given.post_id
        left join album_posts present
          on present.album_id = given.album_id and present.post_id = given.post_id
        window each_place as (partition by given.album_id, given.post_id order by given.place)
      ), full_albums as (
        select album_id, count(*) as number, max(position) as last, bool_or(is_cover) as has_cover
        from album_posts where album_id = any(array(select unnest(\(albums)))) group by album_id
      ), numbered as (
        select judged.*, row_number() over in_album as number, coalesce(present.number, 0) as before,
          coalesce(present.last, 0) as last, coalesce(present.has_cover, false) as has_cover,
          count(*) filter (where judged.is_cover) over in_album as covers
        from judged left join full_albums present using (album_id)
        where is_own and not is_double
        window in_album as (partition by album_id order by place)
      ), stored as (
        insert into album_posts (album_id, post_id, position, is_cover)
        select album_id, post_id, last + number, is_cover and covers = 1 and not has_cover
        from numbered where before + number <= \(Album.postLimit)
        on conflict do nothing
        returning album_id, post_id
      )
      select judged.place, case when not is_own then 'not_own' when is_double then 'double'
        when stored.post_id is null then 'album_full' else 'taken' end
      from judged left join stored using (album_id, post_id)
      """
    )
    let pairs = try rows.map { row -> (Int, String) in
      (try row.decode(Int.self, at: 0) - 1, try row.decode(at: 1))
    }
    return Dictionary(pairs) { first, _ in first }
  }
}
