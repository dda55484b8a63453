using System.Collections.Frozen;

namespace Platform.Routing.Shapes;

/// <summary>
/// Fields of requests that providers and proxies are known to take and to bill beyond what the gateway bounds, or to send the request elsewhere for. Which kind of server a target is says nothing of what
/// stands behind it, so they are refused wherever the policy does not allow them.
/// </summary>
/// <remarks>
/// OpenAI (web_search_options, prediction: https://platform.openai.com/docs/api-reference/chat/create), Azure's own data (https://learn.microsoft.com/azure/ai-foundry/openai/references/on-your-data),
/// xAI's live search and deferred completions (https://docs.x.ai/docs/guides/live-search, …/deferred-chat-completions), Alibaba's DashScope (https://help.aliyun.com/model-studio/qwen-api-via-dashscope),
/// OpenRouter's routing, plugins and presets (https://openrouter.ai/docs/api-reference/overview), Vercel's gateway (providerOptions), LiteLLM's proxy (https://docs.litellm.ai/docs/proxy/client_side_fallbacks,
/// …/clientside_auth, …/completion/knowledgebase; what it does not know it hands to the provider, whose own names for several answers these may be),
/// Gemini's cached contents (https://ai.google.dev/gemini-api/docs/openai), Groq's compound models (https://console.groq.com/docs/compound), Together's safety_model, Anthropic's speed,
/// llama.cpp's n_predict, which it takes before max_tokens, and vLLM's chat_template, which can repeat the prompt.
/// </remarks>
internal static class UnservedFields
{
    private const string OtherModels = "has the provider choose or add models, whose prices are not what is set aside. Leave it out: the routing policy says who serves the model, and what follows a failure";
    private const string Tools = "has the provider search, read or run what is billed apart and not bounded. Leave it out, and send what the model is to read in the request itself";
    private const string Elsewhere = "has a server between here and the provider send another request than this one. Leave it out: addresses, keys and retries are the gateway's";
    private const string Beyond = "has the provider generate or run more than the output cap bounds. Leave it out";
    private const string Answers = "has the provider generate several answers, each up to the whole output cap. Leave it out, or send 1";
    private const string Prompt = "has the provider build the prompt of more than the request's bytes. Leave it out, and send the prompt itself";
    private const string Dearer = "has the provider bill more than the price that is set aside. Leave it out";
    private const string Wrapped = "has a server put its content in the place of other fields, the output cap among them. Leave it out, and send the fields themselves";
    private const string OtherCap = "is the output cap under another name, which some servers take instead of the one that is sent. Send the cap in this route's own field";

    /// <summary>At every route.</summary>
    private static readonly (string Name, string Why)[] Everywhere =
    [
        ("models", OtherModels), ("route", OtherModels), ("provider", OtherModels), ("preset", OtherModels), ("provider_options", OtherModels), ("model_list", OtherModels), ("fallbacks", OtherModels),
        ("context_window_fallbacks", OtherModels), ("context_window_fallback_dict", OtherModels), ("content_policy_fallbacks", OtherModels), ("router_settings_override", OtherModels),
        ("deployment_id", OtherModels), ("compound_custom", OtherModels), ("mock_testing_fallbacks", OtherModels), ("mock_testing_context_fallbacks", OtherModels),
        ("mock_testing_content_policy_fallbacks", OtherModels),
        ("plugins", Tools), ("web_search_options", Tools), ("web_search", Tools), ("search_parameters", Tools), ("search_settings", Tools), ("search_options", Tools), ("enable_search", Tools),
        ("enable_enhancement", Tools), ("force_search_enhancement", Tools), ("enable_code_interpreter", Tools), ("data_sources", Tools), ("enhancements", Tools), ("connectors", Tools),
        ("mcp_servers", Tools), ("container", Tools), ("vector_store_ids", Tools),
        ("extra_headers", Elsewhere), ("extra_query", Elsewhere), ("api_base", Elsewhere), ("base_url", Elsewhere), ("api_key", Elsewhere), ("api_version", Elsewhere),
        ("custom_llm_provider", Elsewhere), ("num_retries", Elsewhere), ("max_retries", Elsewhere), ("user_config", Elsewhere), ("litellm_params", Elsewhere),
        ("litellm_params_template", Elsewhere), ("litellm_credential_name", Elsewhere), ("litellm_embedding_config", Elsewhere),
        ("prediction", Beyond), ("best_of", Beyond), ("deferred", Beyond), ("safety_model", Beyond), ("multi_agent", Beyond), ("context_management", Beyond),
        ("candidate_count", Answers), ("num_return_sequences", Answers), ("num_generations", Answers), ("num_results", Answers),
        ("extra_body", Wrapped), ("cached_content", Prompt), ("prompt_id", Prompt), ("chat_template", Prompt),
        ("speed", Dearer), ("inference_geo", Dearer),
        ("max_tokens", OtherCap), ("max_completion_tokens", OtherCap), ("max_output_tokens", OtherCap), ("max_new_tokens", OtherCap), ("max_tokens_to_sample", OtherCap), ("max_gen_len", OtherCap),
        ("n_predict", OtherCap), ("num_predict", OtherCap),
    ];

    public static readonly (string Name, string Why)[] OfChat = [.. Everywhere, ("audio", Beyond)];

    /// <summary>Several answers are a chat completion's alone; a proxy that makes one of this request hands its <c>n</c> on.</summary>
    public static readonly (string Name, string Why)[] OfMessages = [.. Everywhere, ("n", Answers)];

    /// <summary>Likewise.</summary>
    public static readonly (string Name, string Why)[] OfResponses = [.. Everywhere, ("prompt", Prompt), ("n", Answers)];

    /// <summary>Nothing is generated, and only texts and tokens are bounded.</summary>
    public static readonly (string Name, string Why)[] OfEmbeddings = [.. Everywhere, ("messages", Prompt), ("inputs", Prompt), ("images", Prompt)];

    /// <summary>Those that a policy may allow at a target: not another cap or number of answers, which would make the cap that is sent none, and no other address or key than the policy's.</summary>
    public static IReadOnlySet<string> Allowable { get; } =
        OfChat.Concat(OfResponses).Concat(OfEmbeddings).Where(field => IsAllowable(field.Why)).Select(field => field.Name).ToFrozenSet(StringComparer.Ordinal);

    /// <param name="why">As it stands beside the field's name here.</param>
    public static bool IsAllowable(string why) => why is not (OtherCap or Answers or Elsewhere);

    /// <param name="why">Likewise. One answer is what the cap bounds.</param>
    public static bool IsServedAsOne(string why) => why is Answers;
}
