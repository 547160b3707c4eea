import ArtelIdentifiers
import HTTPTypes

/// What the document says of the API as a whole.
public struct APIDescription: Sendable {
  /// Its name.
  public var title: String

  /// What it is, in Markdown.
  public var text: String

  /// The version of the API, not of the program: it changes when something is taken away.
  public var version: String

  /// The address of the server; nil means the one the document came from.
  public var publicURL: String?

  /// Describes an API.
  public init(title: String, text: String, version: String, publicURL: String? = nil) {
    self.title = title
    self.text = text
    self.version = version
    self.publicURL = publicURL
  }
}

/// The description of the API for programs, made of what its routes declare.
///
/// Source: OpenAPI 3.1.0.
public struct OpenAPIDocument: Sendable {
  /// The document as JSON, UTF-8.
  public let json: [UInt8]

  /// Makes the document.
  ///
  /// - Parameters:
  ///   - api: What it says of the API as a whole.
  ///   - operations: All routes; the one of the document itself is added.
  public init(_ api: APIDescription, operations: [OperationDescription]) {
    var writer = JSONWriter(capacity: 65_536)
    writer.value(Self.tree(api, operations + [DocumentRoutes.show.description]))
    json = writer.bytes
  }

  static func tree(_ api: APIDescription, _ operations: [OperationDescription]) -> JSONTree {
    let components = OpenAPIComponents(operations)
    var tags: [String] = []
    for tag in operations.compactMap(\.tag) where !tags.contains(tag) { tags.append(tag) }
    return [
      "openapi": "3.1.0",
      "info": [
        "title": .text(api.title), "description": .text(api.text), "version": .text(api.version),
      ],
      "servers": [["url": .text(api.publicURL ?? "/")]],
      "tags": .list(tags.map { ["name": .text($0)] }),
      "paths": paths(operations, components),
      "components": components.tree,
    ]
  }

  private static func paths(
    _ operations: [OperationDescription],
    _ components: OpenAPIComponents
  ) -> JSONTree {
    var paths: [JSONTree.Member] = []
    for operation in operations {
      let method = operation.method.rawValue.lowercased()
      let item = JSONTree.Member(name: method, value: operation.tree(components))
      if let index = paths.firstIndex(where: { $0.name == operation.path }),
        case .object(let members) = paths[index].value
      {
        paths[index].value = .object(members + [item])
      } else {
        paths.append(JSONTree.Member(name: operation.path, value: .object([item])))
      }
    }
    return .object(paths)
  }
}

/// The schemas that operations share, under their names.
struct OpenAPIComponents {
  private let schemas: [JSONTree.Member]

  init(_ operations: [OperationDescription]) {
    var named: [(name: String, schema: JSONTree, example: JSONTree?)] = []
    func add(_ name: String, _ schema: JSONTree, _ example: JSONTree?) {
      guard let known = named.first(where: { $0.name == name }) else {
        return named.append((name, schema, example))
      }
      precondition(known.schema == schema, "Two schemas are called \(name).")
    }
    for operation in operations {
      if case .json(let form) = operation.input { add(form.name, form.schema, nil) }
      if let form = operation.alternative { add(form.name, form.schema, nil) }
      for case .resource(let resource) in operation.answers.map(\.content) {
        add(resource.name, resource.schema, resource.example)
      }
    }
    let problem = ResourceSchema(ProblemDetails.self)
    add(problem.name, problem.schema, problem.example)
    schemas = named.sorted { $0.name < $1.name }.map { component in
      // Where one resource stands within another, it is named instead of repeated.
      let schema = component.schema.mapped { part in
        // One of the same shape would refer back to this one.
        guard part != component.schema else { return part }
        let same = named.first { $0.schema == part }
        return same.map { Self.reference(to: $0.name) } ?? part
      }
      let example = component.example.map { JSONTree.list([$0]) }
      return JSONTree.Member(name: component.name, value: schema.adding(["examples": example]))
    }
  }

  static func reference(to name: String) -> JSONTree {
    ["$ref": .text("#/components/schemas/\(name)")]
  }

  var tree: JSONTree {
    [
      "schemas": .object(schemas),
      "securitySchemes": [
        "bearer": [
          "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
          "description": "The access token that signing in answers with.",
        ]
      ],
    ]
  }
}
