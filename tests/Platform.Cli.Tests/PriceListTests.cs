using System.Text;
using Platform.Cli.Prices;

namespace Platform.Cli.Tests;

public sealed class PriceListTests
{
    private const string Community = """
        {
          "sample_spec": {"litellm_provider": "one of", "input_cost_per_token": 0.0, "output_cost_per_token": 0.0},
          "gpt-4o-mini": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1.5e-07, "output_cost_per_token": 6e-07,
            "cache_read_input_token_cost": 7.5e-08, "input_cost_per_token_batches": 7.5e-08, "output_cost_per_token_batches": 3e-07},
          "claude-sonnet": {"litellm_provider": "anthropic", "input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05, "cache_read_input_token_cost": 3e-07,
            "cache_creation_input_token_cost": 3.75e-06, "cache_creation_input_token_cost_above_1hr": 6e-06,
            "input_cost_per_token_above_200k_tokens": 6e-06, "output_cost_per_token_above_200k_tokens": 2.25e-05},
          "gemini/gemini-flash": {"litellm_provider": "gemini", "input_cost_per_token": 3e-07, "output_cost_per_token": 2.5e-06, "output_cost_per_reasoning_token": 2.5e-06},
          "dall-e": {"litellm_provider": "openai", "mode": "image_generation", "output_cost_per_image": 0.04}
        }
        """;

    [Fact]
    public void Community_list_is_read_to_the_digit_with_batches_thresholds_and_prefixes()
    {
        var list = CommunityPriceList.Read(Encoding.UTF8.GetBytes(Community));

        Assert.Equal(
            ["openai gpt-4o-mini  0.15 0.075   0.6", "openai gpt-4o-mini batch 0.075    0.3", "anthropic claude-sonnet  3 0.3 3.75 6 15", "gemini gemini-flash  0.3    2.5"],
            list.Prices.Select(price => string.Join(' ', price.Provider, price.Model, price.Tier, Text(price.Rates.Input), Text(price.Rates.CachedInput), Text(price.Rates.CacheWrite), Text(price.Rates.CacheWriteHour), Text(price.Rates.Output))));
        Assert.Equal((200_000L, 6m, 0.3m, 22.5m), (list.Prices[2].ContextTiers![0].AboveInputTokens, list.Prices[2].ContextTiers![0].Rates.Input, list.Prices[2].ContextTiers![0].Rates.CachedInput, list.Prices[2].ContextTiers![0].Rates.Output));
        Assert.Equal([("dall-e", "no price of input tokens")], list.Skipped);
    }

    [Theory]
    [InlineData("openai", "gpt-4o-mini,gpt-4o-mini", "dall-e")]
    [InlineData("gemini", "gemini-flash", "")]
    public void Of_one_provider_in_the_communitys_list_no_others_entry_is_told_as_left_out(string provider, string models, string leftOut)
    {
        using var file = new TemporaryFile(".json", Community);
        var list = PriceListReader.Read(file.Path, PriceListFormat.Auto, provider);
        Assert.Equal((models, leftOut), (string.Join(',', list.Prices.Select(price => price.Model)), string.Join(',', list.Skipped.Select(entry => entry.Place))));
    }

    [Fact]
    public void Tiers_of_the_communitys_list_have_their_own_rates_of_long_requests_or_none()
    {
        const string text = """
            {"gpt": {"litellm_provider": "openai", "input_cost_per_token": 5e-06, "output_cost_per_token": 3e-05, "cache_read_input_token_cost": 5e-07,
              "input_cost_per_token_above_272k_tokens": 1e-05, "output_cost_per_token_above_272k_tokens": 4.5e-05,
              "input_cost_per_token_priority": 1e-05, "output_cost_per_token_priority": 6e-05, "cache_read_input_token_cost_priority": 1e-06,
              "input_cost_per_token_above_272k_tokens_priority": 2e-05, "output_cost_per_token_above_272k_tokens_priority": 9e-05, "cache_read_input_token_cost_above_272k_tokens_priority": 2e-06,
              "input_cost_per_token_flex": 2.5e-06, "output_cost_per_token_flex": 1.5e-05,
              "input_cost_per_token_batches": 2.5e-06, "output_cost_per_token_batches": 1.5e-05, "output_cost_per_token_above_272k_tokens_batches": 2.25e-05}}
            """;

        Assert.Equal(
            [": 272000 10 0.5 45", "batch: 272000 2.5  22.5", "flex:", "priority: 272000 20 2 90"],
            CommunityPriceList.Read(Encoding.UTF8.GetBytes(text)).Prices.Select(price => $"{price.Tier}:" + string.Concat(price.ContextTiers!.Select(
                tier => $" {tier.AboveInputTokens} {Text(tier.Rates.Input)} {Text(tier.Rates.CachedInput)} {Text(tier.Rates.Output)}"))));
    }

    [Fact]
    public void Model_of_two_keys_in_the_communitys_list_is_taken_once_by_the_one_with_its_provider()
    {
        const string text = """
            {"chat": {"litellm_provider": "deepseek", "input_cost_per_token": 2.8e-07, "output_cost_per_token": 4.2e-07, "input_cost_per_token_above_128k_tokens": 5e-07},
             "none": {"litellm_provider": "deepseek"},
             "deepseek/chat": {"litellm_provider": "deepseek", "input_cost_per_token": 0.00000028, "output_cost_per_token": 4.20e-07, "input_cost_per_token_above_128k_tokens": 5e-07},
             "reasoner": {"litellm_provider": "deepseek", "input_cost_per_token": 5.5e-07, "output_cost_per_token": 2.19e-06, "input_cost_per_token_batches": 1e-07, "output_cost_per_token_batches": 2e-07},
             "deepseek/reasoner": {"litellm_provider": "deepseek", "input_cost_per_token": 2.8e-07, "output_cost_per_token": 4.2e-07},
             "openrouter/chat": {"litellm_provider": "openrouter", "input_cost_per_token": 1e-06, "output_cost_per_token": 1e-06, "input_cost_per_token_batches": 1e-07, "output_cost_per_token_batches": 2e-07},
             "openrouter/gone": {"litellm_provider": "openrouter", "input_cost_per_token": 1e-06, "output_cost_per_token": 1e-06},
             "openrouter/gone": {"litellm_provider": "openrouter"},
             "openrouter/chat": {"litellm_provider": "openrouter", "input_cost_per_token": 2e-06, "output_cost_per_token": 1e-06}}
            """;

        var list = CommunityPriceList.Read(Encoding.UTF8.GetBytes(text));
        Assert.Equal(
            ["deepseek/chat  0.28", "deepseek/reasoner  0.28", "openrouter/chat  2"], list.Prices.Select(price => $"{price.Place} {price.Tier} {Text(price.Rates.Input)}"));
        Assert.Equal(
            [
                ("reasoner", "deepseek/reasoner is the same model at other prices, and is taken: look at them"), ("none", "no price of input tokens"),
                ("openrouter/gone", "no price of input tokens"), ("chat", "deepseek/chat is the same model"),
            ],
            list.Skipped);
    }

    [Fact]
    public void Ranges_of_the_communitys_list_are_rates_of_long_requests_and_cache_hits_are_cached_input()
    {
        const string text = """
            {"dashscope/qwen": {"litellm_provider": "dashscope", "tiered_pricing": [
               {"range": [32000.0, 128000.0], "input_cost_per_token": 5e-07, "output_cost_per_token": 2.5e-06, "cache_read_input_token_cost": 1.2e-07},
               {"range": [0, 32000.0], "input_cost_per_token": 3e-07, "output_cost_per_token": 1.5e-06, "output_cost_per_reasoning_token": 4e-06}]},
             "late": {"litellm_provider": "p", "tiered_pricing": [{"range": [1, 2], "input_cost_per_token": 5e-07, "output_cost_per_token": 2.5e-06}]},
             "half": {"litellm_provider": "p", "tiered_pricing": [{"range": [0, 2], "input_cost_per_token": 5e-07}]},
             "odd": {"litellm_provider": "p", "tiered_pricing": [{"range": "all", "input_cost_per_token": 5e-07, "output_cost_per_token": 2.5e-06}]},
             "coder": {"litellm_provider": "deepseek", "input_cost_per_token": 1.4e-07, "input_cost_per_token_cache_hit": 1.4e-08, "output_cost_per_token": 2.8e-07}}
            """;

        var list = CommunityPriceList.Read(Encoding.UTF8.GetBytes(text));
        Assert.Equal(
            ["qwen 0.3   1.5 4, above 32000 0.5 0.12  2.5 ", "coder 0.14 0.014  0.28 "],
            list.Prices.Select(price => $"{price.Model} {Line(price.Rates)}" + string.Concat(price.ContextTiers!.Select(tier => $", above {tier.AboveInputTokens} {Line(tier.Rates)}"))));
        Assert.Equal(["late", "half", "odd"], list.Skipped.Select(entry => entry.Place));
        Assert.All(list.Skipped, entry => Assert.StartsWith($"{entry.Place}: ", entry.Reason, StringComparison.Ordinal));

        static string Line(PriceRates rates) => string.Join(' ', new[] { rates.Input, rates.CachedInput, rates.CacheWrite, rates.Output, rates.Reasoning }.Select(Text));
    }

    [Fact]
    public void Ranges_of_the_communitys_list_have_from_their_entry_what_they_do_not_say()
    {
        const string text = """
            {"plus": {"litellm_provider": "p", "cache_read_input_token_cost": 1e-07, "input_cost_per_request": 0.01, "input_cost_per_token": 9e-07, "output_cost_per_token": 9e-07,
               "input_cost_per_token_batches": 2e-07, "output_cost_per_token_batches": 3e-07, "tiered_pricing": [
               {"range": [0, 1000], "input_cost_per_token": 4e-07, "output_cost_per_token": 5e-07}, {"range": [1000, 2000], "input_cost_per_token": 6e-07, "output_cost_per_token": 7e-07, "cache_read_input_token_cost": 2e-07}]},
             "search": {"litellm_provider": "p", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06, "tiered_pricing": [{"max_results_range": [0, 25], "input_cost_per_query": 0.005}]}}
            """;

        var list = CommunityPriceList.Read(Encoding.UTF8.GetBytes(text));
        Assert.Empty(list.Skipped);
        Assert.Equal(
            ["plus  0.01 0.4 0.1 0.5, above 1000 0.6 0.2 0.7", "plus batch  0.2  0.3", "search   1  2"],
            list.Prices.Select(price => $"{price.Model} {price.Tier} {Text(price.PerRequest)} {Line(price.Rates)}" + string.Concat(price.ContextTiers!.Select(tier => $", above {tier.AboveInputTokens} {Line(tier.Rates)}"))));

        static string Line(PriceRates rates) => string.Join(' ', new[] { rates.Input, rates.CachedInput, rates.Output }.Select(Text));
    }

    [Theory]
    [InlineData("m", "\"tiered_pricing\": [RANGE0, RANGE0]", "each begin at another number")]
    [InlineData("m", "\"tiered_pricing\": [RANGE0, RANGE1, RANGE1]", "each begin at another number")]
    [InlineData("m", "\"tiered_pricing\": [RANGE0, RANGE1, RANGE2, RANGE3, RANGE4, RANGE5, RANGE6]", "at most 5 rates of long requests; there are 6")]
    [InlineData("m", "FLAT, \"input_cost_per_token_above_0k_tokens\": 1e-6", "each begin at another number")]
    [InlineData("m", "FLAT, \"input_cost_per_token_above_99999999999999999999k_tokens\": 1e-6", null)]
    [InlineData("m", "\"input_cost_per_token\": null, \"output_cost_per_token\": 1e-6", "no price of input tokens")]
    [InlineData("m", "FLAT, \"input_cost_per_token_batches\": null, \"output_cost_per_token_batches\": 1e-6", null)]
    [InlineData("p/", "FLAT", "the model's name must have 1 to 200")]
    public void Entry_of_the_communitys_list_that_the_book_would_refuse_is_left_out_by_its_key_and_the_list_is_not(string key, string figures, string? reason)
    {
        for (var range = 0; range < 7; range++)
        {
            figures = figures.Replace($"RANGE{range}", $$"""{"range": [{{range}}, 9], "input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6}""", StringComparison.Ordinal);
        }

        figures = figures.Replace("FLAT", "\"input_cost_per_token\": 1e-6, \"output_cost_per_token\": 1e-6", StringComparison.Ordinal);
        var list = CommunityPriceList.Read(Encoding.UTF8.GetBytes($$"""{"{{key}}": {"litellm_provider": "p", {{figures}} }, "other": {"litellm_provider": "p", "input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6} }"""));
        Assert.Equal(reason is null ? ["m", "other"] : ["other"], list.Prices.Select(price => price.Place));
        if (reason is not null)
        {
            var (place, why) = Assert.Single(list.Skipped);
            Assert.Equal(key, place);
            Assert.Contains(reason, why, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("""[{"provider":"p","model":"m","input_per_million":1,"output_per_million":2,"cached_input":0.1}]""", "prices[1] has cached_input, which is none of provider, model,")]
    [InlineData("""[{"provider":"p","model":"m","input_per_million":1,"output_per_million":2,"effective_to":"2027-01-01"}]""", "prices[1] has effective_to,")]
    [InlineData("""[{"provider":"p","model":"m","input_per_million":1,"output_per_million":2,"tier":5}]""", "prices[1]: tier must be text")]
    [InlineData("""[{"provider":"p","model":"m","input_per_million":1,"output_per_million":2,"context_tiers":{}}]""", "prices[1]: context_tiers must be an array")]
    [InlineData("""[{"provider":"p","model":"m","context_tiers":[{"above_input_tokens":1,"input":1}]}]""", "prices[1].context_tiers[1] has input, which is none of above_input_tokens,")]
    [InlineData("""{"prices":[],"alias":[]}""", "The file has alias, which is none of prices, aliases")]
    [InlineData("""{"prices":[],"aliases":[{"provider":"p","alias":"a","modell":"m"}]}""", "aliases[1] has modell,")]
    public void Json_that_says_what_there_is_not_is_refused_by_its_place(string text, string message)
    {
        using var file = new TemporaryFile(".json", text);
        Assert.Contains(message, Assert.Throws<KtError>(() => PriceListReader.Read(file.Path, PriceListFormat.Json, null)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1e-16", "at most 9 decimal places")]
    [InlineData("-1e-6", "0 or more")]
    [InlineData("0.0100001", "above the most")]
    [InlineData("1e27", "above the most")]
    [InlineData("\"x\"", "is not a number")]
    public void Community_price_that_cannot_be_kept_exactly_is_left_out_by_its_key(string figure, string message)
    {
        var text = """{"m": {"litellm_provider": "p", "input_cost_per_token": FIGURE, "output_cost_per_token": 1e-6}}""".Replace("FIGURE", figure, StringComparison.Ordinal);
        var (place, reason) = Assert.Single(CommunityPriceList.Read(Encoding.UTF8.GetBytes(text)).Skipped);
        Assert.Equal("m", place);
        Assert.StartsWith("m: input_cost_per_token", reason);
        Assert.Contains(message, reason);
    }

    [Theory]
    [InlineData("", "needs a header")]
    [InlineData("provider,model,input_per_million\n", "lacks output_per_million")]
    [InlineData("provider,model,input_per_million,output_per_million,ouput\n", "has ouput, which is none of")]
    [InlineData("provider,model,input_per_million,output_per_million\np,m,1.5,x\n", "line 2: output_per_million 'x'")]
    [InlineData("provider,model,input_per_million,output_per_million\np,m,2,50,10\n", "line 2: there are 5 cells, more than the 4 of the first line")]
    [InlineData("provider,model,input_per_million,output_per_million\np,m,2\n", "line 2: there are 3 cells, fewer than the 4 of the first line")]
    [InlineData("provider,model,input_per_million,output_per_million\np,m,1,2\np,\"m,1,2\np,n,1,2\n", "line 3: a quotation mark is not closed")]
    [InlineData("provider,model,input_per_million,output_per_million\np,m,0.0000000001,1\n", "line 2: input_per_million '0.0000000001' must be 0 or more and have at most 9")]
    public void Csv_that_is_wrong_is_refused_by_its_place(string text, string message)
    {
        using var file = new TemporaryFile(".csv", text);
        Assert.Contains(message, Assert.Throws<KtError>(() => PriceListReader.Read(file.Path, PriceListFormat.Auto, null)).Message);
    }

    [Theory]
    [InlineData("2.50", true)]
    [InlineData("27000", true)]
    [InlineData("9223372036.854775807", true)]
    [InlineData("9223372036.854775808", false)]
    [InlineData("1e3", false)]
    [InlineData("1E-2", false)]
    public void Rate_that_is_typed_is_in_plain_digits_and_an_amount(string text, bool isFine)
    {
        if (isFine)
        {
            Assert.Equal(decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture), PriceListReader.Typed(text, "kt prices set", "--input"));
            return;
        }

        Assert.Contains($"--input '{text}'", Assert.Throws<KtError>(() => PriceListReader.Typed(text, "kt prices set", "--input")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Csv_with_quotes_and_empty_cells_is_read()
    {
        using var file = new TemporaryFile(".csv", "provider,model,tier,input_per_million,cached_input_per_million,output_per_million,source\np,m,batch,1.25,,2.5,\"list, of June\"\n");
        var price = Assert.Single(PriceListReader.Read(file.Path, PriceListFormat.Auto, null).Prices);
        Assert.Equal(("batch", 1.25m, null, 2.5m, "list, of June"), (price.Tier, price.Rates.Input, price.Rates.CachedInput, price.Rates.Output, price.Source));
    }

    [Fact]
    public async Task Prices_import_shows_the_difference_and_changes_nothing_without_apply()
    {
        using var file = new TemporaryFile(".json", Community);
        await using var server = new ReplayServer().On("POST /v1/model-pricing/import", Answer(applied: false));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("prices", "import", file.Path, "--provider", "openai"));
        Assert.Contains("\"apply\":false", server.Requests.Single().Body, StringComparison.Ordinal);
        Assert.Contains("\"input_per_million\":0.15", server.Requests.Single().Body, StringComparison.Ordinal);
        Assert.Contains("+1900.0", kt.Out, StringComparison.Ordinal);
        Assert.Contains("look twice", kt.Out, StringComparison.Ordinal);
        Assert.Contains("0 added, 1 changed, 0 unchanged; look twice at 1.", kt.Error, StringComparison.Ordinal);
        Assert.Contains("add --apply", kt.Error, StringComparison.Ordinal);
        Assert.Contains("dall-e", kt.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prices_diff_that_finds_a_change_ends_with_1()
    {
        using var file = new TemporaryFile(".json", Community);
        await using var server = new ReplayServer().On("POST /v1/model-pricing/import", Answer(applied: false));
        using var kt = new RunningKt(server.Url);

        Assert.Equal(1, await kt.RunAsync("prices", "diff", file.Path));
    }

    [Fact]
    public async Task Prices_diff_of_a_bad_list_ends_with_2_so_that_1_says_that_it_would_change_something()
    {
        using var file = new TemporaryFile(".json", "{");
        await using var server = new ReplayServer().On("POST /v1/model-pricing/import", """{"detail":"prices[1] is wrong.","reason":"INVALID_ARGUMENT"}""", 400, "application/problem+json");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(2, await kt.RunAsync("prices", "diff", file.Path));
        Assert.DoesNotContain("LineNumber", kt.Error, StringComparison.Ordinal);
        Assert.Equal(2, await kt.RunAsync("prices", "diff", "/nowhere.json"));
        Assert.Equal(1, await kt.RunAsync("prices", "import", file.Path));
        using var refused = new TemporaryFile(".json", Community);
        Assert.Equal(2, await kt.RunAsync("prices", "diff", refused.Path));
    }

    [Fact]
    public async Task Prices_import_that_changes_nothing_does_not_say_that_it_is_in_force()
    {
        using var file = new TemporaryFile(".json", Community);
        await using var server = new ReplayServer().On("POST /v1/model-pricing/import", """{"changes":[{"kind":"unchanged","suspicious":false}],"applied":true,"aliases_added":0}""");
        using var kt = new RunningKt(server.Url);

        Assert.Equal(0, await kt.RunAsync("prices", "import", file.Path, "--apply"));
        Assert.Contains("Nothing to change.", kt.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("In force", kt.Error, StringComparison.Ordinal);
    }

    private static string Answer(bool applied)
    {
        const string rates = "\"currency\":\"USD\",\"tier\":\"standard\",\"region\":\"\",\"cached_input_per_million\":0.075,\"cache_write_per_million\":0.15,\"cache_write_1h_per_million\":0.15,\"output_per_million\":0.6,\"reasoning_per_million\":0.6,\"per_request\":0,\"discount_percent\":0,\"context_tiers\":[]";
        return $$"""
            {"changes":[{"kind":"changed","suspicious":true,"before":{"provider":"openai","model":"gpt-4o-mini","input_per_million":0.15,{{rates}}},"after":{"provider":"openai","model":"gpt-4o-mini","input_per_million":3,{{rates}}} }],"applied":{{(applied ? "true" : "false")}},"aliases_added":0}
            """;
    }

    private static string Text(decimal? value) => value?.ToString(System.Globalization.CultureInfo.InvariantCulture) is not { } text ? "" : text.Contains('.', StringComparison.Ordinal) ? text.TrimEnd('0').TrimEnd('.') : text;
}
