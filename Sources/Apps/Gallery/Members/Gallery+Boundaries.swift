import AccountsContract

extension Gallery {
  /// Whether two members have nothing to do with each other, whoever of them wanted it so.
  ///
  /// One statement; none for a member and themselves.
  func isBlocked(_ member: MemberID, from other: MemberID) async throws -> Bool {
    guard member != other else { return false }
    return try await !boundaries.blocks(of: member, among: [other]).isEmpty
  }

  /// Those among others of whom a viewer sees nothing in lists: muted by the viewer, or with a block
  /// between the two.
  ///
  /// Two statements at once; none for guests.
  func hidden(from viewer: MemberID?, among others: Set<MemberID>) async throws -> Set<MemberID> {
    let others = others.filter { $0 != viewer }
    guard let viewer, !others.isEmpty else { return [] }
    async let muted = boundaries.mutes(by: viewer, among: Array(others))
    let blocks = try await boundaries.blocks(of: viewer, among: Array(others))
    return Set(blocks.map { $0.by == viewer ? $0.of : $0.by }).union(try await muted)
  }
}
