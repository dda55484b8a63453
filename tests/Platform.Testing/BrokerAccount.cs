namespace Platform.Testing;

/// <summary>A user of the tests' broker of a test's own, with an empty virtual host, whose password can be changed while services are connected.</summary>
public sealed class BrokerAccount
{
    private const string FirstPassword = "first";

    private readonly string _controlFile;
    private readonly string _name;

    private BrokerAccount(TestBroker broker, string name)
    {
        _controlFile = broker.ControlFile;
        _name = name;
        Address = new UriBuilder(broker.Address) { UserName = name, Password = FirstPassword, Path = name }.Uri;
    }

    /// <summary>Its AMQP URI with the password that it was made with.</summary>
    public Uri Address { get; }

    public static async Task<BrokerAccount> CreateAsync()
    {
        var account = new BrokerAccount(await TestServers.BrokerAsync(), $"test-{Guid.CreateVersion7():N}");
        await account.EvaluateAsync($"""
            rabbit_vhost:add(<<"{account._name}">>, <<"tests">>),
            rabbit_auth_backend_internal:add_user(<<"{account._name}">>, <<"{FirstPassword}">>, <<"tests">>),
            rabbit_auth_backend_internal:set_permissions(<<"{account._name}">>, <<"{account._name}">>, <<".*">>, <<".*">>, <<".*">>, <<"tests">>).
            """);
        return account;
    }

    /// <summary>Changes the password to one that nobody has, and closes the connections, so that all have to show it.</summary>
    public async Task LockOutAsync()
    {
        await SetPasswordAsync("another");
        await EvaluateAsync($"""rabbit_connection_tracking:close_connections(rabbit_connection_tracking:list(<<"{_name}">>), "tests", 0), ok.""");
    }

    /// <summary>Makes it the password of <see cref="Address"/> again.</summary>
    public Task LetInAsync() => SetPasswordAsync(FirstPassword);

    private Task SetPasswordAsync(string password) =>
        EvaluateAsync($"""rabbit_auth_backend_internal:change_password(<<"{_name}">>, <<"{password}">>, <<"tests">>), ok.""");

    private async Task EvaluateAsync(string expression)
    {
        var answer = await TestRabbit.EvaluateAsync(_controlFile, expression);
        if (answer != "ok")
        {
            throw new InvalidOperationException($"The broker answered: {answer}");
        }
    }
}
