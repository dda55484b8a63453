using System.Text.Json;
using System.Text.Json.Nodes;
using Platform.Cli.ProviderFiles;

namespace Platform.Cli.Tests.Bills;

public sealed class ProviderFileTests
{
    private const string Costs = """
        {"object":"page","data":[{"object":"bucket","start_time":1780272000,"end_time":1780358400,"results":[
          {"object":"organization.costs.result","amount":{"value":0.30000000000000004,"currency":"usd"},"line_item":"gpt-4o-2024-08-06, cached input","project_id":"proj_a","api_key_id":null,"quantity":12.0},
          {"object":"organization.costs.result","amount":{"value":"6e-7","currency":"usd"},"line_item":"priority | gpt-5.2, output, long context","project_id":null},
          {"object":"organization.costs.result","amount":{"value":-5,"currency":"usd"},"line_item":"web search tool calls","project_id":"proj_a","quantity":2.5}
        ]},{"object":"bucket","start_time":1780358400,"end_time":1780444800,"results":[]}],"has_more":false,"next_page":null}
        """;

    private const string Usage = """
        {"object":"page","data":[{"object":"bucket","start_time":1780272000,"end_time":1780275600,"results":[
          {"object":"organization.usage.completions.result","input_tokens":1000,"input_cached_tokens":800,"input_cache_write_tokens":50,"output_tokens":500,"num_model_requests":5,
           "project_id":"proj_a","user_id":"user_1","api_key_id":"key_1","model":"gpt-4o-2024-08-06","batch":true,"service_tier":"default"}]}],"has_more":false,"next_page":null}
        """;

    private const string AnthropicUsage = """
        {"data":[{"starting_at":"2026-06-01T00:00:00Z","ending_at":"2026-06-02T00:00:00Z","results":[
          {"uncached_input_tokens":1500,"cache_creation":{"ephemeral_1h_input_tokens":1000,"ephemeral_5m_input_tokens":500},"cache_read_input_tokens":200,"output_tokens":700,
           "server_tool_use":{"web_search_requests":10},"api_key_id":"apikey_1","workspace_id":"wrkspc_1","model":"claude-sonnet-4-20250514","service_tier":"standard","context_window":"0-200k"}]}],
         "has_more":false,"next_page":null}
        """;

    private const string AnthropicCosts = """
        {"data":[{"starting_at":"2026-06-01T00:00:00Z","ending_at":"2026-06-02T00:00:00Z","results":[
          {"currency":"USD","amount":"123.78912","workspace_id":"wrkspc_1","description":"Claude Sonnet 4 Usage - Input Tokens","cost_type":"tokens","context_window":"0-200k",
           "model":"claude-sonnet-4-20250514","service_tier":"standard","token_type":"uncached_input_tokens"},
          {"currency":"USD","amount":"1","workspace_id":null,"description":"Web Search Usage","cost_type":"web_search","model":null,"token_type":null}]}],
         "has_more":false,"next_page":null}
        """;

    [Fact]
    public void Costs_of_OpenAI_are_read_from_their_digits_with_model_and_kind()
    {
        var rows = BillCase.Read(JsonNode.Parse(Costs)!).Costs;
        Assert.Equal([0.30000000000000004m, 0.0000006m, -5m], rows.Select(row => row.Amount));
        Assert.Equal(
            [("gpt-4o-2024-08-06", TokenKind.CachedInput, 12L), ("gpt-5.2", TokenKind.Output, null), ("", (TokenKind?)null, (long?)null)],
            rows.Select(row => (row.Model, row.Kind, row.Quantity)));
        Assert.Equal(("proj_a", "", "USD"), (rows[0].Project, rows[0].Key, rows[0].Currency));
    }

    [Fact]
    public void Usage_of_OpenAI_is_taken_apart_into_kinds_that_hold_nothing_twice()
    {
        var row = Assert.Single(BillCase.Read(JsonNode.Parse(Usage)!).Usage);
        Assert.Equal(new TokenCounts(150, 800, 50, 0, 500), row.Tokens);
        Assert.Equal(("proj_a", "key_1", "user_1", "batch", 5L), (row.Project, row.Key, row.User, row.ServiceTier, row.Requests));
    }

    [Fact]
    public void Reports_of_Anthropic_are_read_tokens_apart_and_amounts_as_cents()
    {
        var file = BillCase.Read(JsonNode.Parse(AnthropicUsage)!, JsonNode.Parse(AnthropicCosts)!);
        Assert.Equal(new TokenCounts(1_500, 200, 500, 1_000, 700), Assert.Single(file.Usage).Tokens);
        Assert.Equal([1.2378912m, 0.01m], file.Costs.Select(row => row.Amount));
        Assert.Equal([TokenKind.Input, null], file.Costs.Select(row => row.Kind));
        Assert.Equal(["wrkspc_1", ""], file.Costs.Select(row => row.Project));
    }

    [Fact]
    public void Pages_are_read_one_a_file_in_an_array_or_one_after_another()
    {
        using var files = new TemporaryFiles();
        var one = JsonNode.Parse(Costs)!.ToJsonString();
        var other = one.Replace("1780272000", "1780185600", StringComparison.Ordinal).Replace("1780358400", "1780272000", StringComparison.Ordinal).Replace("1780444800", "1780358400", StringComparison.Ordinal);
        Assert.Equal(6, ProviderFile.Read([files.Add(one), files.Add(other)]).Costs.Count);
        Assert.Equal(6, ProviderFile.Read([files.Add($"[{one},{other}]")]).Costs.Count);
        Assert.Equal(6, ProviderFile.Read([files.Add($"{one}\n{other}\n")]).Costs.Count);
        Assert.Equal(3, ProviderFile.Read([files.Add("\uFEFF" + one)]).Costs.Count);

        // As the API answers: each over many lines.
        var indented = new JsonSerializerOptions { WriteIndented = true };
        var (long1, long2) = (JsonNode.Parse(one)!.ToJsonString(indented), JsonNode.Parse(other)!.ToJsonString(indented));
        Assert.Equal(6, ProviderFile.Read([files.Add($"\uFEFF{long1}\n{long2}\n")]).Costs.Count);
        var wrong = files.Add("joined.json", $"{long1}\n{long2.Replace("\"has_more\": false", "\"has_more\": 7", StringComparison.Ordinal)}");
        Assert.Contains($"joined.json: line {long1.Split('\n').Length + 1}.has_more: is 7", Assert.Throws<KtError>(() => ProviderFile.Read([wrong])).Message, StringComparison.Ordinal);
        Assert.Contains("Is it whole?", Assert.Throws<KtError>(() => ProviderFile.Read([files.Add("")])).Message, StringComparison.Ordinal);
    }

    /// <summary>Files in order; c and u: a page of June 1 with rows of costs or usage, C and U: the same where more follow, e: an empty last page of June 2.</summary>
    [Theory]
    [InlineData("c", "1", "")]
    [InlineData("c e", "1 2", "")]
    [InlineData("C e", "1 2", "")]
    [InlineData("c ue", "1", "1 2")]
    [InlineData("ce u", "1 2", "1")]
    [InlineData("c u e", "1", "1")]
    [InlineData("cue", "1", "1")]
    [InlineData("u e", "1 2", "1 2")]
    [InlineData("e", "2", "")]
    [InlineData("C ue", "refused", "")]
    [InlineData("c U e", "refused", "")]
    [InlineData("Ce u", "1 2", "1")]
    // m and M are usage of embeddings: their pages end by themselves.
    [InlineData("u m", "1", "1 1")]
    [InlineData("um", "1", "1 1")]
    [InlineData("U m", "refused", "")]
    [InlineData("Um", "refused", "")]
    [InlineData("u M", "refused", "")]
    [InlineData("u Me", "1 2", "1 1 2")]
    [InlineData("M e u", "refused", "")]
    public void Page_without_a_row_is_of_the_kind_of_the_others_in_its_file(string pages, string days, string usageDays)
    {
        using var files = new TemporaryFiles();
        string[] paths = [.. pages.Split(' ').Select(file => files.Add($"[{string.Join(',', file.Select(Page))}]"))];
        if (days == "refused")
        {
            Assert.Contains("has_more: is true: the pages after it are missing", Assert.Throws<KtError>(() => ProviderFile.Read(paths)).Message, StringComparison.Ordinal);
            return;
        }

        var read = ProviderFile.Read(paths);
        Assert.Equal(days, string.Join(' ', new Reconcile.Bills.Bill(read, Reconcile.Bills.BillBy.Auto).Days.Select(day => day.Day)));
        Assert.Equal(usageDays, string.Join(' ', read.Buckets.Where(bucket => bucket.Shape == PageShape.OpenAiUsage).Select(bucket => bucket.From.Day)));

        static string Page(char kind)
        {
            var call = Call.On(1, "09:00:00") with { Model = char.ToLowerInvariant(kind) == 'm' ? "text-embedding-3-small" : "gpt-4o" };
            var page = char.ToLowerInvariant(kind) is 'u' or 'm' ? OpenAiBill.Usage([call]) : OpenAiBill.Costs([kind == 'e' ? Call.On(2, "09:00:00") : call]);
            page["has_more"] = char.IsUpper(kind);
            if (char.ToLowerInvariant(kind) == 'm')
            {
                page["data"]![0]!["results"]![0]!["object"] = "organization.usage.embeddings.result";
            }

            if (kind == 'e')
            {
                page["data"]![0]!["results"] = new JsonArray();
            }

            return page.ToJsonString();
        }
    }

    [Theory]
    [InlineData("date,amount,model\n2026-11-01,1.20,gpt-4o\n")]
    [InlineData("\"date\",\"amount\"\n\"2026-11-01\",\"1.20\"\n")]
    [InlineData("2026,11\n")]
    public void File_that_is_no_json_at_all_is_told_what_it_must_be(string text)
    {
        using var files = new TemporaryFiles();
        var refusal = Assert.Throws<KtError>(() => ProviderFile.Read([files.Add(text)]));
        Assert.Equal("page1.json: is no JSON. It must be what the provider's API of costs or usage answers; a CSV of its console is not read.", refusal.Message);
    }

    [Theory]
    [InlineData("\"value\":-5", "\"value\":\"five\"", "data[0].results[2].amount.value: is \"five\", not a decimal number")]
    [InlineData("\"value\":-5", "\"value\":1e27", "data[0].results[2].amount.value: is 1e27, not a decimal number of at most")]
    [InlineData("\"quantity\":12.0", "\"quantity\":9e18", "data[0].results[0].quantity: is 9e18, not a whole number from 0 to")]
    [InlineData("{\"value\":-5,\"currency\":\"usd\"}", "null", "data[0].results[2].amount.value: is missing")]
    [InlineData("\"currency\":\"usd\"},\"line_item\":\"web", "\"currency\":null},\"line_item\":\"web", "data[0].results[2].amount.currency: is missing")]
    [InlineData("\"line_item\":\"web search tool calls\"", "\"line_item\":7", "data[0].results[2].line_item: is 7, not a text")]
    [InlineData("\"end_time\":1780444800", "\"end_time\":1780358400", "data[1].end_time: does not lie after start_time")]
    [InlineData("\"end_time\":1780444800", "\"end_time\":9999999999999999", "data[1].end_time: is 9999999999999999, not a whole number")]
    [InlineData("\"has_more\":false", "\"has_more\":true", "has_more: is true: the pages after it are missing")]
    [InlineData("\"end_time\":1780444800", "\"end_time\":999999999999999", "data[1].end_time: is 999999999999999, which is no time")]
    [InlineData("\"results\":[]", "\"results\":{}", "data[1].results: is missing, or is no array")]
    [InlineData("\"data\":[", "\"dat\":[", "data: is missing, or is no array")]
    [InlineData("\"has_more\":false,\"next_page\":null}", "\"has_more\":false,", "here the file stops being JSON. Is it whole?")]
    [InlineData("\"amount\"", "\"sum\"", "is neither OpenAI's usage")]
    [InlineData("\"priority | gpt-5.2, output, long context\",\"project_id\":null", "\"gpt-4o-2024-08-06, cached input\",\"project_id\":\"proj_a\"", "results[1]: is there twice: page1.json.data[0].results[0]")]
    public void Wrong_file_is_refused_by_place_and_field(string right, string wrong, string message)
    {
        using var files = new TemporaryFiles();
        Assert.Contains(right, Costs, StringComparison.Ordinal);
        var refusal = Assert.Throws<KtError>(() => ProviderFile.Read([files.Add(Costs.Replace(right, wrong, StringComparison.Ordinal))]));
        Assert.Contains("page1.json", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Costs, "1780358400", "1780275600", "page2.json.data[0].results[2]: is of the same owner and item as one of 2026-06-01 00:00 to 2026-06-02 00:00 UTC, within the same time: it would count twice.")]
    [InlineData(Usage, "1780275600", "1780358400", "page2.json.data[0].results[0]: is of the same owner and item as one of 2026-06-01 00:00 to 2026-06-01 01:00 UTC, within the same time: it would count twice.")]
    public void Pages_of_two_widths_of_buckets_are_refused_where_they_are_of_the_same(string page, string end, string other, string message)
    {
        using var files = new TemporaryFiles();
        var paths = new[] { files.Add(page), files.Add(page.Replace($"\"end_time\":{end}", $"\"end_time\":{other}", StringComparison.Ordinal)) };
        Assert.Contains(message, Assert.Throws<KtError>(() => ProviderFile.Read(paths)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_that_is_wrong_is_named_at_once_and_a_line_by_its_number()
    {
        using var files = new TemporaryFiles();
        var page = JsonNode.Parse(Usage)!.ToJsonString();
        var wrong = page.Replace("\"output_tokens\":500", "\"output_tokens\":-1", StringComparison.Ordinal).Replace("\"input_cached_tokens\":800", "\"input_cached_tokens\":1200", StringComparison.Ordinal);
        var message = Assert.Throws<KtError>(() => ProviderFile.Read([files.Add("bill.ndjson", $"{page.Replace("1780272000", "1780268400", StringComparison.Ordinal).Replace("1780275600", "1780272000", StringComparison.Ordinal)}\n{wrong}\n{{\n")])).Message;
        Assert.Contains("bill.ndjson: line 2.data[0].results[0].output_tokens: is -1", message, StringComparison.Ordinal);
        Assert.Contains("bill.ndjson: line 2.data[0].results[0].input_cached_tokens: is 1200", message, StringComparison.Ordinal);
        Assert.Contains("bill.ndjson: line 3, byte", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gpt-4o-mini-2024-07-18, input", "gpt-4o-mini-2024-07-18", TokenKind.Input)]
    [InlineData("gpt-audio-mini-2025-12-15 audio, input", "gpt-audio-mini-2025-12-15", TokenKind.Input)]
    [InlineData("gpt-image-2.5 text, cached input", "gpt-image-2.5", TokenKind.CachedInput)]
    [InlineData("gpt-6, cache write input", "gpt-6", TokenKind.CacheWrite)]
    [InlineData("whisper-1, audio", "whisper-1", null)]
    [InlineData("assistants api | file search", "", null)]
    [InlineData("Image models", "", null)]
    [InlineData("", "", null)]
    internal void Line_item_is_a_model_and_a_kind_where_it_has_their_form(string text, string model, TokenKind? kind) =>
        Assert.Equal(new LineItem(model, kind), LineItem.Parse(text));
}
