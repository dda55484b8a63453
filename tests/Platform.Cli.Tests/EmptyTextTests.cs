using System.CommandLine;

namespace Platform.Cli.Tests;

/// <summary>A text that is given but empty is a script's variable that was not set: taken for absent it would name another wallet, all teams or no end.</summary>
public sealed class EmptyTextTests
{
    private static readonly string[] Clearable =
    [
        "alerts channels set --kinds", "alerts channels set --teams", "providers add --api-key", "providers add --api-path", "providers add --api-version",
        "providers add --base-url", "providers add --kind", "teams update --cost-centre", "teams update --email", "teams update --external-id", "teams update --owner",
        "users update --email",
    ];

    [Fact(Timeout = 600_000)]
    public async Task Every_text_of_every_command_is_refused_when_it_is_empty_but_those_that_clear()
    {
        await using var server = new ReplayServer();
        using var kt = new RunningKt(server.Url);
        using var nothing = new StringWriter();
        var taken = new List<string>();
        var tried = 0;
        foreach (var (path, command) in Leaves([], Kt.Root(new KtEnvironment(nothing, nothing, TimeProvider.System, _ => null, _ => null, null))))
        {
            foreach (var option in command.Options.Where(option => IsText(option.ValueType)))
            {
                await TryAsync([.. path, option.Name, ""], option.Name);
            }

            for (var before = 0; before < command.Arguments.Count; before++)
            {
                if (IsText(command.Arguments[before].ValueType))
                {
                    await TryAsync([.. path, .. Enumerable.Repeat("x", before), ""], command.Arguments[before].Name);
                }
            }
        }

        Assert.True(tried > 300, $"{tried}");
        Assert.Equal(Clearable, taken.Order(StringComparer.Ordinal));
        Assert.Empty(server.Received);

        // One that is taken must not be sent, so no command line is right.
        async Task TryAsync(string[] args, string name)
        {
            tried++;
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            Assert.True(await kt.RunAsync([.. args, "--no-such-option", "--nor-this"]) == 2, $"{string.Join(' ', args)}: {kt.Error}");
            if (!kt.Error.Contains($"{name} is empty", StringComparison.Ordinal))
            {
                taken.Add(string.Join(' ', args).TrimEnd());
            }
        }
    }

    [Theory]
    [InlineData("wallets allocate --team t --amount 100 --user EMPTY", "--user is empty")]
    [InlineData("wallets allocate --team t --user= --amount 100", "--user is empty")]
    [InlineData("wallets allocations plan --team t --amount 100 --starts-at EMPTY", "--starts-at is empty")]
    [InlineData("wallets credit --amount 100 --idempotency-key EMPTY", "--idempotency-key is empty")]
    [InlineData("budgets set b1 --team EMPTY --period month --amount 5 --hard-limit on", "--team is empty")]
    [InlineData("auth token create --name x --team t --expires EMPTY", "--expires is empty")]
    [InlineData("spend --team EMPTY", "--team is empty")]
    [InlineData("alerts channels add ops --email EMPTY", "--email is empty")]
    [InlineData("alerts channels add ops --email a@b.example --teams ,", "--teams ',' has no value in it")]
    [InlineData("workloads rules set r --workload batch --team ,", "--team ',' has no value in it")]
    public async Task Nothing_is_sent_for_what_is_missing(string command, string said)
    {
        await using var server = new ReplayServer();
        using var kt = new RunningKt(server.Url);

        Assert.Equal(2, await kt.RunAsync([.. command.Split(' ').Select(part => part == "EMPTY" ? "" : part)]));
        Assert.Contains(said, kt.Error, StringComparison.Ordinal);
        Assert.Empty(server.Received);
    }

    private static bool IsText(Type type) => type == typeof(string) || type == typeof(string[]);

    private static IEnumerable<(string[] Path, Command Command)> Leaves(string[] path, Command command) => command.Subcommands.Count == 0
        ? [(path, command)]
        : command.Subcommands.SelectMany(child => Leaves([.. path, child.Name], child));
}
