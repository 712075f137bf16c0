//! Settings files as people, editors and other tools leave them.

/// Whether a sample has empty places of its own, which look like ours once ours are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Emptiness {
    /// None: what was there before need not be known.
    None,
    /// Some.
    Some,
}

use Emptiness::{None as Full, Some as Empty};

/// Name, text, whether there are empty places.
pub(in super::super) const SAMPLES: &[(&str, &str, Emptiness)] = &[
    ("one key", "{\n  \"model\": \"opus\"\n}\n", Full),
    ("an empty object", "{}", Full),
    ("an empty object and a newline", "{}\n", Empty),
    ("an open empty object", "{\n}\n", Empty),
    ("a spaced empty object", "{ }\n", Empty),
    ("blank lines inside", "{\n\n  \"model\": \"opus\",\n\n  \"env\": { \"A\": \"1\" }\n\n}\n", Full),
    ("leading blank lines", "\n\n{\n  \"model\": \"opus\"\n}\n", Full),
    ("one line", "{\"model\":\"opus\",\"env\":{\"A\":\"1\"}}", Full),
    ("one line with spaces", "{ \"model\": \"opus\", \"env\": { \"A\": \"1\" } }\n", Full),
    ("one line with hooks", r#"{"hooks":{"Stop":[{"hooks":[{"type":"command","command":"first"}]}]}}"#, Full),
    (
        "one line, spaced, with hooks",
        r#"{ "hooks": { "Stop": [ { "hooks": [ { "type": "command", "command": "first" } ] } ] } }"#,
        Full,
    ),
    ("one line with empty hooks", r#"{"hooks":{},"model":"opus"}"#, Empty),
    ("empty hooks", "{\n  \"hooks\": {},\n  \"model\": \"opus\"\n}\n", Empty),
    ("empty hooks, last and spaced", "{\n  \"model\": \"opus\",\n  \"hooks\": { }\n}\n", Empty),
    ("an empty event", "{\n  \"hooks\": {\n    \"Stop\": []\n  },\n  \"model\": \"opus\"\n}\n", Empty),
    ("an open empty event", "{\n  \"hooks\": {\n    \"Stop\": [\n    ],\n    \"Setup\": []\n  }\n}\n", Empty),
    ("another tool's hook", OTHER, Full),
    ("other tools' hooks for our events", OTHERS, Full),
    ("brackets that hug", HUGGING, Full),
    (
        "arrays on one line",
        "{\n  \"hooks\": {\n    \"Stop\": [{ \"hooks\": [{ \"type\": \"command\", \"command\": \"first\" }] }]\n  }\n}\n",
        Full,
    ),
    ("comments", COMMENTS, Full),
    ("comments in empty places", "{\n  // note: nothing yet\n  \"hooks\": {\n    // none\n  }\n}\n", Empty),
    ("a block comment in empty hooks", "{\n  \"hooks\": { /* none */ },\n  \"model\": \"opus\"\n}\n", Empty),
    ("only a comment inside", "{\n  // note\n}\n", Empty),
    ("comments outside", "// note: mine\n{\n  \"model\": \"opus\"\n}\n// the end\n", Full),
    (
        "a comment before the comma",
        "{\n  \"model\": \"opus\" /* the big one */ ,\n  \"env\": { \"A\": \"1\" } // note\n}\n",
        Full,
    ),
    ("a comment that holds brackets", "{\n  \"model\": \"opus\" // note: } ] , \" {\n}\n", Full),
    ("trailing commas", TRAILING, Full),
    ("unicode", "{\n  \"statusLine\": \"水が — ünïcødé 🧶 \\u00e9\\n\",\n  \"model\": \"opus\"\n}\n", Full),
    (
        "an escaped key",
        "{\n  \"h\\u006foks\": {\n    \"St\\u006fp\": [\n      {\n        \"hooks\": []\n      }\n    ]\n  }\n}\n",
        Full,
    ),
    (
        "strings full of syntax",
        "{\n  \"env\": { \"A\": \"}],{[//\\\"/*\" },\n  \"hooks\": {\n    \"Stop\": [\n      { \"hooks\": [ { \"type\": \"command\", \"command\": \"echo '\\\"}'\" } ] }\n    ]\n  }\n}\n",
        Full,
    ),
    ("duplicate hooks", DUPLICATE, Full),
    (
        "a duplicate event",
        "{\n  \"hooks\": {\n    \"Stop\": [],\n    \"Stop\": [\n      { \"hooks\": [] }\n    ]\n  }\n}\n",
        Full,
    ),
    ("everything switched off", "{\n  \"disableAllHooks\": true,\n  \"model\": \"opus\"\n}\n", Full),
    ("commas first", "{ \"model\": \"opus\"\n, \"env\": {\"A\": \"1\"}\n}\n", Full),
    ("closing bracket on the last line", "{\n  \"model\": \"opus\",\n  \"env\": {\n    \"A\": \"1\"}}\n", Full),
    ("spaces before colons", "{\n  \"model\" : \"opus\",\n  \"a\" : [ 1, 2 ]\n}\n", Full),
    (
        "odd values",
        "{\n  \"a\": null,\n  \"b\": -1.5e+3,\n  \"c\": [[], [[1]], {}],\n  \"d\": \"\",\n  \"\": false\n}\n",
        Full,
    ),
    ("indented as a whole", "    {\n      \"model\": \"opus\"\n    }\n", Full),
    (
        "other shapes for other events",
        "{\n  \"hooks\": {\n    \"Setup\": \"odd\",\n    \"Notification\": [ 1, { \"hooks\": 2 } ]\n  }\n}\n",
        Full,
    ),
    (
        "a hook that names quipu",
        "{\n  \"hooks\": {\n    \"Setup\": [\n      { \"hooks\": [ { \"type\": \"command\", \"command\": \"quipu index\" } ] }\n    ]\n  }\n}\n",
        Full,
    ),
    (
        "another kind of handler",
        "{\n  \"hooks\": {\n    \"Stop\": [\n      { \"hooks\": [ { \"type\": \"prompt\", \"prompt\": \"/bin/quipu hook claude-code\" } ] }\n    ]\n  }\n}\n",
        Full,
    ),
];

const OTHER: &str = r#"{
  "permissions": {
    "allow": ["Bash(git status)", "Read(./docs/**)"]
  },
  "hooks": {
    "PreToolUse": [
      {
        "matcher": "Edit|Write",
        "hooks": [
          {
            "type": "command",
            "command": "first",
            "timeout": 10
          }
        ]
      }
    ]
  },
  "model": "opus"
}
"#;

const OTHERS: &str = r#"{
  "hooks": {
    "SessionEnd": [
      {
        "hooks": [
          { "type": "command", "command": "first" },
          { "type": "http", "url": "http://127.0.0.1:1/x" }
        ]
      }
    ],
    "SessionStart": [
      {
        "matcher": "startup",
        "hooks": [
          { "type": "command", "command": "second" }
        ]
      },
      {
        "hooks": [
          { "type": "command", "command": "third" }
        ]
      }
    ]
  }
}
"#;

const HUGGING: &str = r#"{
  "hooks": {
    "Stop": [{
      "hooks": [{
        "type": "command",
        "command": "first"
      }]
    }],
    "SessionEnd": [{
      "hooks": [{
        "type": "command", "command": "second"
      }] // note
    } // note
    ]
  }
}
"#;

const COMMENTS: &str = r#"// note: the head
{
  // note: the model
  "model": "opus", // behind it
  /* a block
     of two lines */
  "hooks": {
    // note: before the event
    "Stop": [
      // before the group
      {
        "hooks": [
          { "type": "command", "command": "first" } // behind the handler
        ]
      } // behind the group
      // { "hooks": [] }
    ], // behind the event
    "Notification": [ /* none */ ] // the last one
    // below the last one
  } // behind the hooks
  // below everything
}
// note: the foot
"#;

const TRAILING: &str = r#"{
  "model": "opus",
  "hooks": {
    "Stop": [
      {
        "hooks": [
          { "type": "command", "command": "first", },
        ],
      }, // note
    ],
    "SessionStart": [{ "hooks": [], },],
  },
}
"#;

const DUPLICATE: &str = r#"{
  "hooks": {
    "Stop": [
      { "hooks": [ { "type": "command", "command": "first" } ] }
    ]
  },
  "model": "opus",
  "hooks": {
    "Stop": [
      { "hooks": [ { "type": "command", "command": "second" } ] }
    ]
  }
}
"#;
