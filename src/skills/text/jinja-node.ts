type Operator = { readonly value: string };

export type Identifier = { readonly type: "Identifier"; readonly value: string };

export type CallNode = {
  readonly type: "CallExpression";
  readonly callee: JinjaNode;
  readonly args: readonly JinjaNode[];
};

type Slice = {
  readonly type: "SliceExpression";
  readonly start?: JinjaNode;
  readonly stop?: JinjaNode;
  readonly step?: JinjaNode;
};

export type StatementNode =
  | {
      readonly type: "If";
      readonly test: JinjaNode;
      readonly body: readonly JinjaNode[];
      readonly alternate: readonly JinjaNode[];
    }
  | {
      readonly type: "For";
      readonly loopvar: JinjaNode;
      readonly iterable: JinjaNode;
      readonly body: readonly JinjaNode[];
      readonly defaultBlock: readonly JinjaNode[];
    }
  | {
      readonly type: "Set";
      readonly assignee: JinjaNode;
      readonly value: JinjaNode | null;
      readonly body: readonly JinjaNode[];
    }
  | {
      readonly type: "Macro";
      readonly name: Identifier;
      readonly args: readonly JinjaNode[];
      readonly body: readonly JinjaNode[];
    }
  | {
      readonly type: "FilterStatement";
      readonly filter: Identifier | CallNode;
      readonly body: readonly JinjaNode[];
    }
  | { readonly type: "CallStatement" | "Break" | "Continue" | "Comment" };

export type ExpressionNode =
  | Identifier
  | CallNode
  | Slice
  | { readonly type: "IntegerLiteral" | "FloatLiteral"; readonly value: number }
  | { readonly type: "StringLiteral"; readonly value: string }
  | { readonly type: "ArrayLiteral" | "TupleLiteral"; readonly value: readonly JinjaNode[] }
  | { readonly type: "ObjectLiteral"; readonly value: ReadonlyMap<JinjaNode, JinjaNode> }
  | {
      readonly type: "MemberExpression";
      readonly object: JinjaNode;
      readonly property: JinjaNode;
      readonly computed: boolean;
    }
  | {
      readonly type: "BinaryExpression";
      readonly operator: Operator;
      readonly left: JinjaNode;
      readonly right: JinjaNode;
    }
  | { readonly type: "UnaryExpression"; readonly operator: Operator; readonly argument: JinjaNode }
  | { readonly type: "FilterExpression"; readonly operand: JinjaNode; readonly filter: Identifier | CallNode }
  | {
      readonly type: "TestExpression";
      readonly operand: JinjaNode;
      readonly negate: boolean;
      readonly test: Identifier;
    }
  | { readonly type: "SelectExpression"; readonly lhs: JinjaNode; readonly test: JinjaNode }
  | {
      readonly type: "Ternary";
      readonly condition: JinjaNode;
      readonly trueExpr: JinjaNode;
      readonly falseExpr: JinjaNode;
    }
  | { readonly type: "KeywordArgumentExpression"; readonly key: Identifier; readonly value: JinjaNode }
  | { readonly type: "SpreadExpression" | "KeywordSpreadExpression" };

/** The nodes that the parser makes, by their `type`. */
export type JinjaNode = StatementNode | ExpressionNode;
