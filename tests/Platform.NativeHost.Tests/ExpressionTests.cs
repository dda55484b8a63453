using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Platform.NativeHost.Engine;

namespace Platform.NativeHost.Tests;

public sealed class ExpressionTests
{
    [Fact]
    public async Task Expression_with_a_parameter_is_filled_when_it_is_asked()
    {
        await using var topology = new TestTopology(null, "--Parameters:token=abc");
        var token = topology.Builder.AddParameter("token", secret: true);

        var expression = ReferenceExpression.Create($"kt_live_{token}!");

        Assert.Equal("kt_live_abc!", await expression.GetValueAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Parameter_without_a_value_names_what_to_set()
    {
        await using var topology = new TestTopology();
        var missing = topology.Builder.AddParameter("real-key");

        var exception = await Assert.ThrowsAsync<DistributedApplicationException>(
            async () => await missing.Resource.GetValueAsync(TestContext.Current.CancellationToken));

        Assert.Contains("Parameters__real_key", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Persisted_parameter_is_generated_once_and_readable_by_its_owner_only()
    {
        await using var topology = new TestTopology();
        var first = await Generated(topology.Builder).GetValueAsync(TestContext.Current.CancellationToken);

        await using var again = new TestTopology(topology.Data);
        var second = await Generated(again.Builder).GetValueAsync(TestContext.Current.CancellationToken);

        Assert.Equal(first, second);
        Assert.Equal(40, first!.Length);
        Assert.All(first, c => Assert.True(char.IsAsciiLetterOrDigit(c)));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(topology.Data, "run", "parameters")));
    }

    [Fact]
    public async Task Connection_strings_are_spelled_as_Aspire_spells_them()
    {
        await using var topology = new TestTopology(null, "--Parameters:secret=a/b+c");
        var secret = topology.Builder.AddParameter("secret", secret: true);
        var database = topology.Builder.AddPostgres("postgres", password: secret, port: 20000).AddDatabase("walletdb");
        var broker = topology.Builder.AddRabbitMQ("messaging", password: secret, port: 20001);
        TargetPorts.Allocate(new Topology([.. topology.Builder.Resources]), new PortFile(Path.Combine(topology.Data, "ports")));

        Assert.Equal(
            "Host=localhost;Port=20000;Username=postgres;Password=a/b+c;Database=walletdb",
            await Value(database.Resource.ConnectionStringExpression));
        Assert.Equal("amqp://guest:a%2Fb%2Bc@localhost:20001", await Value(broker.Resource.ConnectionStringExpression));
    }

    [Theory]
    [InlineData("2wallet")]
    [InlineData("wal_let")]
    [InlineData("a--b")]
    [InlineData("")]
    public async Task Resource_name_against_the_rule_is_refused(string name)
    {
        await using var topology = new TestTopology();

        Assert.Throws<ArgumentException>(() => topology.Builder.AddExecutable(name, "true", "/"));
    }

    private static ParameterResource Generated(IDistributedApplicationBuilder builder) =>
        builder.AddParameter("owner-token", new GenerateParameterDefault { MinLength = 40, Special = false }, secret: true, persist: true).Resource;

    private static ValueTask<string?> Value(ReferenceExpression expression) => expression.GetValueAsync(TestContext.Current.CancellationToken);
}
