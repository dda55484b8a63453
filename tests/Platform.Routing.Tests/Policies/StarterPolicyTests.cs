using Npgsql;
using Platform.Postgres;
using Platform.Routing.Policies;
using Platform.Testing;

namespace Platform.Routing.Tests.Policies;

/// <summary>What an installation serves by before anybody has applied a policy.</summary>
public sealed class StarterPolicyTests : PolicyDatabase
{
    [Theory]
    // Model: lane, target, shapes, default cap, most, overhead, field.
    [InlineData("gpt-4o-mini", "standard openai/gpt-4o-mini Chat, Responses 1024 16384 256 max_tokens")]
    [InlineData("gpt-4o", "premium openai/gpt-4o Chat, Responses 1024 16384 256 max_tokens")]
    [InlineData("gpt-4.1", "premium openai/gpt-4.1 Chat, Responses 1024 32768 256 max_tokens")]
    [InlineData("gpt-4.1-mini", "standard openai/gpt-4.1-mini Chat, Responses 1024 32768 256 max_tokens")]
    [InlineData("gpt-4.1-nano", "economy openai/gpt-4.1-nano Chat, Responses 1024 32768 256 max_tokens")]
    [InlineData("o4-mini", "premium openai/o4-mini Chat, Responses 4096 100000 512 max_completion_tokens")]
    [InlineData("claude-sonnet-4-6", "standard anthropic/claude-sonnet-4-6 Messages 1024 64000 1024 max_tokens")]
    [InlineData("text-embedding-3-small", "standard openai/text-embedding-3-small Embeddings 0 0 256 max_tokens")]
    public async Task A_model_is_served_as_the_catalogue_said(string name, string expected)
    {
        var table = Compiler.Compile(await Store.ReadNewestAsync(Cancel));
        var model = table.Models[name];
        var target = Assert.Single(model.Route.Targets).Target;
        Assert.Equal(
            expected,
            $"{model.Lane} {target.Name} {target.Shapes} {target.DefaultMaxOutputTokens} {target.MaxOutputTokens} {target.OverheadTokens} {target.OutputCapField}");
        Assert.Equal((1L, "standard", ""), (table.Version, target.ServiceTier, target.Region));
    }

    [Fact]
    public async Task A_policy_that_somebody_has_applied_serves_what_it_says()
    {
        var connectionString = await TestPostgres.CreateDatabaseAsync("applied", async template =>
        {
            await using var empty = NpgsqlDataSource.Create(template);
            await new Migrator(empty, TimeProvider.System).MigrateAsync(typeof(PolicyStore).Assembly, Cancel, upTo: 5);
        });
        await using var old = NpgsqlDataSource.Create(connectionString);
        await using var apply = old.CreateCommand("INSERT INTO policy_version SELECT 2, now(), 'key_1', '', policy, changes, models_since FROM policy_version");
        await apply.ExecuteNonQueryAsync(Cancel);
        await new Migrator(old, TimeProvider.System).MigrateAsync(typeof(PolicyStore).Assembly, Cancel);

        foreach (var version in new[] { 1, 2 })
        {
            var table = Compiler.Compile((await new PolicyStore(old).FindAsync(version, Cancel))!);
            Assert.Equal(ShapeKinds.Chat, table.Targets["openai/gpt-4o"].Shapes);
        }
    }

    [Theory]
    [InlineData("premium", "openai/gpt-4.1, openai/gpt-4o, anthropic/claude-opus-4-7", 0)]
    [InlineData("standard", "openai/gpt-4o-mini, openai/gpt-4.1-mini, anthropic/claude-sonnet-4-6", 0)]
    [InlineData("economy", "openai/gpt-4.1-nano, openai/gpt-4o-mini, anthropic/claude-haiku-4-5", 0)]
    [InlineData("scheduled", "", 1)]
    public async Task A_lane_has_targets_of_its_own(string lane, string targets, int windows)
    {
        var known = Compiler.Compile(await Store.ReadNewestAsync(Cancel)).Lanes[lane];
        Assert.Equal((targets, windows), (string.Join(", ", known.Route?.Targets.Select(choice => choice.Target.Name) ?? []), known.Windows.Count));
    }

    [Fact]
    public async Task A_provider_that_is_not_set_up_serves_nobody()
    {
        var table = Compiler.Compile(await Store.ReadNewestAsync(Cancel));
        Assert.True(table.Models["gpt-4o"].Route.IsSetUpFor("team_a"));
        Assert.False(table.Models["claude-opus-4-7"].Route.IsSetUpFor("team_a"));
        Assert.Equal((ProviderKind.Anthropic, null, null), (table.Providers["anthropic"].Kind, table.Providers["anthropic"].BaseUrl, table.Providers["anthropic"].ApiKey));
    }

    [Fact]
    public async Task A_catalogue_that_people_have_changed_is_kept()
    {
        var connectionString = await TestPostgres.CreateDatabaseAsync("catalogue", async template =>
        {
            await using var empty = NpgsqlDataSource.Create(template);
            await new Migrator(empty, TimeProvider.System).MigrateAsync(typeof(PolicyStore).Assembly, Cancel, upTo: 1);
        });
        await using var old = NpgsqlDataSource.Create(connectionString);
        await using var change = old.CreateCommand("""
            DELETE FROM model WHERE name IN ('gpt-4.1', 'gpt-4.1-nano');
            INSERT INTO provider VALUES ('local');
            INSERT INTO model (name, provider, upstream_model, lane, default_max_output_tokens, max_output_tokens, overhead_tokens, output_cap_field, created_at) VALUES
                ('mine', 'openai', 'gpt-4o', 'night', 5, 10, 0, 'max_tokens', '2025-01-02T00:00:00Z'),
                ('claude-opus-4-1', 'local', 'llama', 'standard', 7, 70, 1, 'max_tokens', '2025-01-02T00:00:00Z')
            """);
        await change.ExecuteNonQueryAsync(Cancel);
        await new Migrator(old, TimeProvider.System).MigrateAsync(typeof(PolicyStore).Assembly, Cancel);

        var table = Compiler.Compile(await new PolicyStore(old).ReadNewestAsync(Cancel));
        Assert.Equal(["anthropic", "local", "openai"], table.Providers.Keys.Order(StringComparer.Ordinal));
        Assert.DoesNotContain("gpt-4.1", table.Models.Keys);
        Assert.Equal(("night", "openai/mine", 10, new DateTimeOffset(2025, 1, 2, 0, 0, 0, TimeSpan.Zero)), Shown("mine"));
        Assert.Equal("openai/gpt-4o", Shown("gpt-4o").Item2);
        Assert.Equal(("standard", "local/claude-opus-4-1", 70), (Shown("claude-opus-4-1").Item1, Shown("claude-opus-4-1").Item2, Shown("claude-opus-4-1").Item3));
        Assert.Equal("openai/gpt-4o-mini, anthropic/claude-haiku-4-5", string.Join(", ", table.Lanes["economy"].Route!.Targets.Select(choice => choice.Target.Name)));
        Assert.Null(table.Lanes["night"].Route);

        (string, string, int, DateTimeOffset) Shown(string name)
        {
            var model = table.Models[name];
            var target = Assert.Single(model.Route.Targets).Target;
            return (model.Lane, target.Name, target.MaxOutputTokens, model.AppliedAt);
        }
    }
}
