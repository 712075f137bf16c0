//! What the conformance suite wants a server to have, beside what ours has: in tests alone.
//! It must not know what a tool of ours does.
//! Invariant: what is not in `tests/conformance/fixtures.json` is answered by our own server, by the same way as ever.

use std::sync::{Arc, LazyLock};

use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CallToolResult, DiscoverResult, ErrorCode, ErrorData,
    GetPromptRequestParams, GetPromptResponse, GetPromptResult, ListPromptsResult, ListResourceTemplatesResult,
    ListResourcesResult, ListToolsResult, PaginatedRequestParams, Prompt, PromptArgument, ReadResourceRequestParams,
    ReadResourceResponse, ReadResourceResult, Resource, ResourceContents, ResourceTemplate, ServerConfig,
    Tool as WireTool,
};
use rmcp::service::RequestContext;
use rmcp::{RoleServer, ServerHandler};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::server::Server;
use crate::doors::front::Front;

/// The suite's tool that needs what no client of ours ever has.
const NEEDS_SAMPLING: &str = "test_missing_capability";

static FIXTURES: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../tests/conformance/fixtures.json")).expect("JSON"));

/// Our server, and the fixtures before it.
pub(super) struct WithFixtures(Server);

impl WithFixtures {
    pub(super) fn new(front: Arc<Front>) -> Self {
        Self(Server::new(front))
    }
}

/// Fixtures of one kind, by name.
fn all(kind: &str) -> &'static Map<String, Value> {
    FIXTURES[kind].as_object().expect("an object")
}

fn typed<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"))
}

/// A fixture with what was given in the place of names.
fn filled(value: &Value, given: &Map<String, Value>) -> Value {
    let fill = |text: String, (name, value): (&String, &Value)| {
        text.replace(&format!("{{{name}}}"), value.as_str().unwrap_or_default())
    };
    serde_json::from_str(&given.iter().fold(value.to_string(), fill)).expect("JSON")
}

impl ServerHandler for WithFixtures {
    fn get_info(&self) -> ServerConfig {
        self.0.get_info()
    }

    async fn discover(&self, context: RequestContext<RoleServer>) -> Result<DiscoverResult, ErrorData> {
        self.0.discover(context).await
    }

    async fn list_tools(
        &self,
        page: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let mut result = self.0.list_tools(page, context).await?;
        let names = all("tools").keys().map(String::as_str).chain([NEEDS_SAMPLING]);
        let schema: Arc<Map<String, Value>> = Arc::new(typed(json!({ "type": "object" })));
        result.tools.extend(names.map(|name| WireTool::new(name, "A fixture of the suite.", schema.clone())));
        Ok(result)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if request.name == NEEDS_SAMPLING {
            let data = json!({ "requiredCapabilities": { "sampling": {} } });
            return Err(ErrorData::new(ErrorCode::MISSING_REQUIRED_CLIENT_CAPABILITY, "it samples", Some(data)));
        }
        match all("tools").get(request.name.as_ref()) {
            Some(result) => {
                let mut fixture = CallToolResult::success(typed(result["content"].clone()));
                fixture.is_error = Some(result["isError"] == true);
                Ok(fixture.into())
            }
            None => self.0.call_tool(request, context).await,
        }
    }

    async fn list_resources(
        &self,
        page: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let mut result = self.0.list_resources(page, context).await?;
        result.resources.extend(all("resources").keys().map(|uri| Resource::new(uri, uri)));
        Ok(result)
    }

    async fn list_resource_templates(
        &self,
        page: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let mut result = self.0.list_resource_templates(page, context).await?;
        let templates = typed::<Vec<String>>(FIXTURES["templates"].clone());
        result.resource_templates.extend(templates.into_iter().map(|uri| ResourceTemplate::new(uri, "fixture")));
        Ok(result)
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let Some(fixture) = all("resources").get(&request.uri) else {
            return self.0.read_resource(request, context).await;
        };
        let mut contents = fixture.clone();
        contents["uri"] = Value::from(request.uri);
        let mut result = ReadResourceResult::new(vec![typed::<ResourceContents>(contents)]);
        (result.ttl_ms, result.cache_scope) = (Some(0), Some(CacheScope::Private));
        Ok(result.into())
    }

    async fn list_prompts(
        &self,
        page: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        let mut result = self.0.list_prompts(page, context).await?;
        for (name, prompt) in all("prompts") {
            let names = typed::<Vec<String>>(prompt["arguments"].clone());
            let arguments = names.into_iter().map(|name| PromptArgument::new(name).with_required(true)).collect();
            result.prompts.push(Prompt::new(name, Some("A fixture of the suite."), Some(arguments)));
        }
        Ok(result)
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        match all("prompts").get(&request.name) {
            Some(prompt) => {
                let messages = filled(&prompt["messages"], &request.arguments.unwrap_or_default());
                Ok(GetPromptResult::new(typed(messages)).into())
            }
            None => self.0.get_prompt(request, context).await,
        }
    }
}
