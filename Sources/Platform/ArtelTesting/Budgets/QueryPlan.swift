public import ArtelPostgres

/// How PostgreSQL would run a statement, for planner budgets on seeded data.
///
/// ```swift
/// let plan = try await QueryPlan(of: Post.feed.sql, in: db)
/// #expect(plan.sequentialScans.isEmpty)
/// #expect(plan.indexes.contains("posts_public_created_at_id_idx"))
/// #expect((1...200).contains(plan.totalCost))
/// ```
public struct QueryPlan: Sendable {
  /// One step of a plan.
  public struct Node: Sendable, Decodable {
    /// Such as `Index Scan`.
    public let type: String
    /// The table it reads, if any.
    public let table: String?
    /// The index it uses, if any.
    public let index: String?
    /// The rows the planner expects.
    public let expectedRows: Double
    /// The rows it returned; only when the statement was run.
    public let actualRows: Double?
    let totalCost: Double
    let children: [Node]?
    private let readPages: Int?
    private let hitPages: Int?

    private enum CodingKeys: String, CodingKey {
      case type = "Node Type"
      case table = "Relation Name"
      case index = "Index Name"
      case expectedRows = "Plan Rows"
      case actualRows = "Actual Rows"
      case totalCost = "Total Cost"
      case children = "Plans"
      case readPages = "Shared Read Blocks"
      case hitPages = "Shared Hit Blocks"
    }

    /// Pages that it and its children touched, in memory or on disk; 0 unless the statement was run.
    public var pages: Int { (readPages ?? 0) + (hitPages ?? 0) }
  }

  private struct Document: Decodable {
    let plan: Node

    private enum CodingKeys: String, CodingKey {
      case plan = "Plan"
    }
  }

  /// All steps, each before its children.
  public let nodes: [Node]

  /// The planner's cost of the whole, in units of one page read in order.
  public let totalCost: Double

  /// Pages touched in memory or on disk; 0 when the statement was not run.
  public let pages: Int

  /// Asks for the plan of a statement; run `analyze` on its tables before.
  ///
  /// - `running`: Whether to run it and count rows and pages. Default false.
  public init(of sql: SQL, in database: some StatementWriter, running: Bool = false) async throws {
    let rows = try await database.write(
      running
        ? "explain (format json, analyze, buffers, timing off) \(sql)"
        : "explain (format json) \(sql)"
    )
    let text = try rows[0].decode(JSONText.self, at: 0)
    guard let root = try text.decode([Document].self).first?.plan else {
      throw PostgresError.decoding("a plan without steps")
    }
    var nodes: [Node] = []
    var rest = [root]
    while let node = rest.popLast() {
      nodes.append(node)
      rest.append(contentsOf: (node.children ?? []).reversed())
    }
    self.nodes = nodes
    totalCost = root.totalCost
    pages = root.pages
  }

  /// The tables that are read from end to end.
  public var sequentialScans: [String] {
    nodes.filter { $0.type == "Seq Scan" }.compactMap(\.table)
  }

  /// The indexes that are used.
  public var indexes: Set<String> {
    Set(nodes.compactMap(\.index))
  }

  /// Whether rows are sorted, other than by reading an index in its order.
  public var isSorting: Bool {
    nodes.contains { $0.type.hasSuffix("Sort") }
  }
}
