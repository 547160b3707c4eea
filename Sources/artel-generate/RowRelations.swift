/// Finds the relations between row types: one for each end of each foreign key of one column.
struct RowRelations {
  private let types: [RowType]

  init(types: [RowType]) {
    self.types = types
  }

  /// To-one relations first, then to-many, then those through join tables, each in catalog order.
  func relations(of type: RowType) -> [RowRelation] {
    var relations = leading(from: type) + returning(to: type)
    for relation in linked(to: type) {
      // Two ways to the same table: the longer one names the table between.
      let isTaken = relations.contains { $0.name == relation.direct.name }
      relations.append(isTaken ? relation.qualified : relation.direct)
    }
    return relations
  }

  /// Makes `Post.author` of `author_id`.
  private func leading(from type: RowType) -> [RowRelation] {
    links(of: type).map { link in
      let related = link.property.column.isNullable ? "\(link.target.name)?" : link.target.name
      return RowRelation(
        name: SwiftName.role(ofColumn: link.property.column.name),
        comment: "The \(SwiftName.spoken(link.target.table)) that `\(link.property.name)` names.",
        related: related,
        construction: "toOne({ $0.\(link.property.name) }, \(link.target.name).columns."
          + "\(link.targetProperty.name))"
      )
    }
  }

  /// Makes `Member.posts` of `author_id`, or `Member.postsAsAuthor` when posts name members twice.
  private func returning(to type: RowType) -> [RowRelation] {
    types.flatMap { child in
      let own = links(of: child).filter { $0.target.name == type.name }
      return own.map { link in
        let column = link.property.column.name
        let role = SwiftName.role(ofColumn: column)
        let isOne = child.table.isUnique(column)
        let plain =
          isOne
          ? SwiftName.singular(ofTable: child.table) : SwiftName.plural(ofTable: child.table)
        let isAmbiguous = own.count > 1 || child.name == type.name
        let suffix = isAmbiguous ? "As" + role.prefix(1).uppercased() + role.dropFirst() : ""
        let noun = SwiftName.spoken(child.table)
        return RowRelation(
          name: plain + suffix,
          comment: isOne
            ? "The \(noun) whose `\(link.property.name)` names this row, if there is one."
            : "Every \(noun) whose `\(link.property.name)` names this row.",
          related: isOne ? "\(child.name)?" : "[\(child.name)]",
          construction: "\(isOne ? "toOne" : "toMany")({ $0.\(link.targetProperty.name) }, "
            + "\(child.name).columns.\(link.property.name))"
        )
      }
    }
  }

  /// Makes `Post.tags` of `post_tags (post_id, tag_id)`, a table whose key is two foreign keys.
  private func linked(to type: RowType) -> [Linked] {
    types.flatMap { join -> [Linked] in
      let ends = links(of: join)
      guard ends.count == 2, Set(join.table.key) == Set(ends.map(\.property.column.name)) else {
        return []
      }
      return zip(ends, ends.reversed())
        .filter { near, _ in near.target.name == type.name }
        .map { near, far in linked(near, far, through: join) }
    }
  }

  private func linked(_ near: Link, _ far: Link, through join: RowType) -> Linked {
    let name = SwiftName.plural(SwiftName.role(ofColumn: far.property.column.name))
    let table = SwiftName.plural(ofTable: join.table)
    let noun = SwiftName.spoken(far.target.table)
    let relation = { (name: String) in
      RowRelation(
        name: name,
        comment: "Every \(noun) that a \(SwiftName.spoken(join.table)) joins to this row.",
        related: "[\(far.target.name)]",
        construction: """
          toMany(
              { $0.\(near.targetProperty.name) },
              through: \(join.name).columns.\(near.property.name),
              \(join.name).columns.\(far.property.name),
              \(far.target.name).columns.\(far.targetProperty.name)
            )
          """
      )
    }
    return Linked(
      direct: relation(name),
      qualified: relation("\(name)Through\(table.prefix(1).uppercased())\(table.dropFirst())")
    )
  }

  /// A relation through a join table under a short and a long name.
  private struct Linked {
    let direct: RowRelation
    let qualified: RowRelation
  }

  private struct Link {
    let property: RowProperty
    let target: RowType
    let targetProperty: RowProperty
  }

  /// The foreign keys of one column; those of several columns are joined by hand.
  private func links(of type: RowType) -> [Link] {
    type.table.foreignKeys.filter { $0.columns.count == 1 }.compactMap { key in
      guard let property = type.property(key.columns[0]),
        let target = types.first(where: { $0.table.id == key.target }),
        let targetProperty = target.property(key.targetColumns[0]),
        !targetProperty.column.isNullable
      else { return nil }
      return Link(property: property, target: target, targetProperty: targetProperty)
    }
  }
}
