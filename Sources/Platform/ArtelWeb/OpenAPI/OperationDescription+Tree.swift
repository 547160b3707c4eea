import HTTPTypes

extension OperationDescription {
  /// The operation as it stands in the document.
  func tree(_ components: OpenAPIComponents) -> JSONTree {
    let parameters = self.parameters
    return .members([
      "operationId": .text(id), "summary": .text(summary),
      "description": explanation.map(JSONTree.text),
      "tags": tag.map { [.text($0)] },
      "security": security,
      "parameters": parameters.isEmpty ? nil : .list(parameters),
      "requestBody": requestBody,
      "responses": responses,
    ])
  }

  private var security: JSONTree {
    // Since OpenAPI 3.1 names of rights may stand here for any scheme (4.8.30).
    let bearer: JSONTree = ["bearer": .list(scope.map { [.text($0.rawValue)] } ?? [])]
    return switch access.rule {
    case .everybody: []
    case .optionalToken: [[:], bearer]
    case .member, .moderator: [bearer]
    }
  }

  private var parameters: [JSONTree] {
    var parameters: [JSONTree] = pathParameters.map { name in
      [
        "name": .text(name), "in": "path", "required": true,
        "schema": texts[name]?.textSchema ?? ["type": "string", "format": "uuid"],
      ]
    }
    if case .query(let fields) = input {
      parameters += fields.map { field in
        [
          "name": .text(field.name), "in": "query", "required": .flag(field.isRequired),
          "schema": field.textSchema,
        ]
      }
    }
    parameters += headers.map(\.parameter)
    if isRevalidated {
      parameters.append([
        "name": "If-None-Match", "in": "header",
        "description": "The `ETag` of a copy; 304 says that it is still right.",
        "schema": ["type": "string"],
      ])
    }
    if isIdempotent {
      parameters.append([
        "name": "Idempotency-Key", "in": "header",
        "description": """
        Random text, such as a UUID. For 24 hours a repeated request with the same key and body gets \
        the first answer, and nothing is created again.
        """,
        "schema": [
          "type": "string", "minLength": .integer(IdempotencyKey.length.lowerBound),
          "maxLength": .integer(IdempotencyKey.length.upperBound),
          "pattern": .text(IdempotencyKey.expression),
        ],
      ])
    }
    return parameters
  }

  private var requestBody: JSONTree? {
    switch input {
    case .nothing, .query: nil
    case .json(let form):
      [
        "required": true,
        "content": [
          "application/json": ["schema": OpenAPIComponents.reference(to: form.name)]
        ],
      ]
    case .upload(let fields, let file, let count, let mediaTypes):
      upload(fields, file, count, mediaTypes)
    case .bytes(let mediaType):
      [
        "required": true,
        "content": .object([
          JSONTree.Member(
            name: mediaType,
            value: ["schema": ["type": "string", "format": "binary"]]
          )
        ]),
      ]
    }
  }

  private func upload(
    _ fields: [FieldDescription],
    _ file: String,
    _ count: Int,
    _ mediaTypes: [String]
  ) -> JSONTree {
    let one: JSONTree = ["type": "string", "format": "binary"]
    let several: JSONTree = [
      "type": "array", "items": one, "minItems": 1, "maxItems": .integer(count),
    ]
    let part = JSONTree.Member(name: file, value: count == 1 ? one : several)
    let encoding = JSONTree.Member(
      name: file,
      value: ["contentType": .text(mediaTypes.joined(separator: ", "))]
    )
    return [
      "required": true,
      "content": .members([
        "multipart/form-data": [
          "schema": FieldDescription.multipartSchema(of: fields, file: part),
          "encoding": .object([encoding]),
        ],
        "application/json": alternative.map { form -> JSONTree in
          ["schema": OpenAPIComponents.reference(to: form.name)]
        },
      ]),
    ]
  }

  private var responses: JSONTree {
    var responses = answers.map { answer in
      JSONTree.Member(
        name: "\(answer.status.code)",
        value: answer.tree(of: self)
      )
    }
    if isRevalidated {
      responses.append(
        .init(
          name: "304",
          value: [
            "description": "Nothing changed.", "headers": ["ETag": OpenAPIHeader.tag.tree],
          ]
        )
      )
    }
    let kinds = Dictionary(grouping: allProblems, by: \.status.code)
    responses += kinds.map { status, kinds in
      JSONTree.Member(name: "\(status)", value: Self.problem(status, Set(kinds)))
    }
    return .object(responses.sorted { $0.name < $1.name })
  }

  private static func problem(_ status: Int, _ kinds: Set<Problem.Kind>) -> JSONTree {
    let types = kinds.map(\.type).sorted()
    let headers = OpenAPIHeader.all(for: kinds)
    return .members([
      "description": .text(types.map { "`\($0)`" }.joined(separator: ", ")),
      "headers": headers.isEmpty
        ? nil : .object(headers.map { JSONTree.Member(name: $0.name, value: $0.tree) }),
      "content": [
        "application/problem+json": [
          "schema": [
            "allOf": [
              OpenAPIComponents.reference(to: ProblemDetails.schemaName),
              [
                "properties": [
                  "type": ["enum": .list(types.map(JSONTree.text))],
                  "status": ["const": .integer(status)],
                ]
              ],
            ]
          ]
        ]
      ],
    ])
  }
}

extension OperationAnswer {
  fileprivate func tree(of operation: OperationDescription) -> JSONTree {
    var headers: [OpenAPIHeader] = []
    if isLocated { headers.append(.location) }
    if operation.isRevalidated { headers.append(.tag) }
    if operation.isIdempotent { headers.append(.replayed) }
    if operation.rateLimit != nil { headers += OpenAPIHeader.rates }
    let members =
      headers.map { JSONTree.Member(name: $0.name, value: $0.tree) }
      + self.headers.map { JSONTree.Member(name: $0.name, value: $0.tree) }
    return .members([
      "description": .text(status.reasonPhrase),
      "headers": members.isEmpty ? nil : .object(members),
      "content": schema.map { ["application/json": ["schema": $0]] },
    ])
  }

  private var schema: JSONTree? {
    switch content {
    case .nothing: nil
    case .resource(let resource): OpenAPIComponents.reference(to: resource.name)
    case .object: ["type": "object"]
    }
  }
}

/// A header of an answer.
struct OpenAPIHeader {
  let name: String
  let text: String
  var isRequired = true
  var type: JSONTree = "string"

  static let location = OpenAPIHeader(name: "Location", text: "Where it is.")
  static let tag = OpenAPIHeader(name: "ETag", text: "Names the state that was sent.")
  static let retryAfter = OpenAPIHeader(
    name: "Retry-After",
    text: "In how many seconds to try again.",
    type: "integer"
  )
  static let challenge = OpenAPIHeader(
    name: "WWW-Authenticate",
    text: """
      `Bearer`; with `error="invalid_token"` the token is wrong, expired or revoked, with \
      `error="insufficient_scope"` it was not made for this.
      """,
    isRequired: false
  )
  static let replayed = OpenAPIHeader(
    name: "Idempotency-Replayed",
    text: "`true` when this is the stored answer to an earlier request with the same key.",
    isRequired: false
  )
  static let rates = [
    OpenAPIHeader(
      name: "RateLimit-Limit",
      text: "How many attempts are allowed.",
      isRequired: false,
      type: "integer"
    ),
    OpenAPIHeader(
      name: "RateLimit-Remaining",
      text: "How many of them are left.",
      isRequired: false,
      type: "integer"
    ),
    OpenAPIHeader(
      name: "RateLimit-Reset",
      text: "In how many seconds all of them are allowed again.",
      isRequired: false,
      type: "integer"
    ),
  ]

  /// The headers that problems bring.
  static func all(for kinds: Set<Problem.Kind>) -> [OpenAPIHeader] {
    var headers: [OpenAPIHeader] = []
    if !kinds.isDisjoint(with: [.unauthenticated, .missingScope]) { headers.append(challenge) }
    if kinds.contains(.tooManyRequests) { headers += [retryAfter] + rates }
    if kinds.contains(.unavailable) || kinds.contains(.keyInUse) {
      var mayRetry = retryAfter
      mayRetry.isRequired = false
      headers.append(mayRetry)
    }
    return headers
  }

  var tree: JSONTree {
    [
      "description": .text(text), "required": .flag(isRequired), "schema": ["type": type],
    ]
  }
}
