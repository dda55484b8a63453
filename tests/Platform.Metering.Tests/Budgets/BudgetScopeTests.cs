using Platform.Contracts.Metering.V1;
using Platform.Metering.Prices;

namespace Platform.Metering.Tests.Budgets;

public sealed class BudgetScopeTests
{
    public static TheoryData<string, BudgetScope> Scopes => new()
    {
        { "organisation", new BudgetScope() },
        { "team", new BudgetScope { TeamId = "team_support" } },
        { "user", new BudgetScope { UserId = "ada" } },
        { "key", new BudgetScope { KeyId = "key_new" } },
        { "provider", new BudgetScope { Provider = "openai" } },
        { "model", new BudgetScope { Model = "gpt-4.1-nano" } },
        { "workload", new BudgetScope { Workload = "batch" } },
        { "lane", new BudgetScope { Lane = "premium" } },
        { "tag", new BudgetScope { TagKey = "project", TagValue = "apollo" } },
        { "all of them", new BudgetScope { TeamId = "team_support", UserId = "ada", KeyId = "key_new", Provider = "openai", Model = "gpt-4.1-nano", Workload = "batch", Lane = "premium", TagKey = "project", TagValue = "apollo" } },
    };

    // Told of before the budget is made, and again after: the past and what follows are counted by the same rule.
    [Theory(Timeout = 300_000)]
    [MemberData(nameof(Scopes))]
    public async Task Budget_counts_what_has_all_of_its_dimensions_and_nothing_else(string name, BudgetScope scope)
    {
        await using var budgets = await BudgetTime.BeginAsync();
        budgets.Metering.Wallet.Replaces["key_old"] = "";
        budgets.Metering.Wallet.Replaces["key_new"] = "key_old";
        budgets.Metering.Wallet.Replaces["key_other"] = "";
        await PriceOfOtherProviderAsync(budgets);
        await SpendAllAsync(budgets);
        await budgets.SetAsync("scoped", 1_000_000, request => request.Scope = scope);
        await budgets.SetAsync("other_tag", 1_000_000, request => request.Scope = new BudgetScope { TagKey = "stage", TagValue = "live" });
        await budgets.LookAsync();
        var past = (await budgets.GetAsync("scoped")).SpentNanos / BudgetTime.Cent;
        await SpendAllAsync(budgets);
        await budgets.LookAsync();

        // Each call that lacks a dimension costs another power of two, so that the sum says which were counted.
        var lacks = name switch { "team" => 2, "user" => 4, "key" => 8, "provider" => 16, "model" => 32, "workload" => 64, "lane" => 128, "tag" => 256 + 512, _ => 0 };
        var expected = name switch { "organisation" => 1023, "all of them" => 1, _ => 1023 - lacks };
        Assert.Equal(expected, past);
        Assert.Equal(2 * expected, (await budgets.GetAsync("scoped")).SpentNanos / BudgetTime.Cent);
        Assert.Equal(2 * 512, (await budgets.GetAsync("other_tag")).SpentNanos / BudgetTime.Cent);
    }

    [Fact(Timeout = 300_000)]
    public async Task Budget_of_a_key_goes_on_with_the_key_that_replaces_it()
    {
        await using var budgets = await BudgetTime.BeginAsync();
        budgets.Metering.Wallet.Replaces["key_a"] = "";
        await budgets.SetAsync("key", 100, request => request.Scope = new BudgetScope { KeyId = "key_a" });
        await budgets.SpendAsync(10, with: usage => usage.KeyId = "key_a");
        await budgets.LookAsync();

        budgets.Metering.Wallet.Replaces["key_b"] = "key_a";
        await budgets.SpendAsync(45, with: usage => usage.KeyId = "key_b");
        await budgets.SpendAsync(7, with: usage => usage.KeyId = "");
        budgets.Metering.Wallet.IsAway = true;
        await Assert.ThrowsAsync<Grpc.Core.RpcException>(budgets.LookAsync);
        budgets.Metering.Wallet.IsAway = false;
        await budgets.LookAsync();
        Assert.Equal(["key actual 50"], await budgets.ToldAsync());
        Assert.Equal(55, (await budgets.GetAsync("key")).SpentNanos / BudgetTime.Cent);
    }

    [Fact(Timeout = 300_000)]
    public async Task Budget_whose_past_cannot_be_counted_keeps_no_other_waiting()
    {
        await using var budgets = await BudgetTime.BeginAsync();
        await budgets.SetAsync("all", 100);
        await budgets.LookAsync();
        await budgets.SetAsync("key", 100, request => request.Scope = new BudgetScope { KeyId = "key_a" });
        await budgets.SpendAsync(60);
        budgets.Metering.Wallet.IsAway = true;
        await Assert.ThrowsAsync<Grpc.Core.RpcException>(budgets.LookAsync);
        Assert.Equal(["all actual 50"], await budgets.ToldAsync());
        Assert.Equal(BudgetStatus.Counting, (await budgets.GetAsync("key")).Status);

        budgets.Metering.Wallet.IsAway = false;
        await budgets.LookAsync();
        Assert.Equal(BudgetStatus.Healthy, (await budgets.GetAsync("key")).Status);
    }

    private static Task<PriceRow> PriceOfOtherProviderAsync(BudgetTime budgets) => budgets.Metering.Get<SetPrice>().RunAsync(
        new SetPriceRequest
        {
            Price = new PriceRow
            {
                Provider = "other", Model = "gpt-4.1-nano", Currency = "USD", InputPerMillion = 100_000_000, OutputPerMillion = 1, ReasoningPerMillion = 1, Source = "test",
            },
            IdempotencyKey = "price",
        }, "key_test",
        TestContext.Current.CancellationToken);

    private static async Task SpendAllAsync(BudgetTime budgets)
    {
        await SpendAsync(1, _ => { });
        await SpendAsync(2, usage => usage.TeamId = "team_search");
        await SpendAsync(4, usage => usage.UserId = "");
        await SpendAsync(8, usage => usage.KeyId = "key_other");
        await SpendAsync(16, usage => (usage.Provider, usage.ModelServed, usage.Tokens) = ("other", "gpt-4.1-nano", new Tokens { Input = 16 * 100_000 }));
        await SpendAsync(32, usage => (usage.ModelServed, usage.Tokens) = ("gpt-4.1-mini", new Tokens { Input = 32 * 25_000 }));
        await SpendAsync(64, usage => usage.Workload = "");
        await SpendAsync(128, usage => usage.Lane = "economy");
        await SpendAsync(256, usage => usage.Tags.Clear());
        await SpendAsync(512, usage => (usage.Tags["project"], usage.Tags["stage"]) = ("gemini", "live"));

        Task SpendAsync(long cents, Action<UsageEvent> lacks) => budgets.SpendAsync(cents, with: usage =>
        {
            (usage.UserId, usage.KeyId, usage.Workload, usage.Lane) = ("ada", "key_old", "batch", "premium");
            usage.Tags["project"] = "apollo";
            lacks(usage);
        });
    }
}
