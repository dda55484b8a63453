using Npgsql;
using Platform.Postgres.DeadMessages;
using Platform.Testing;

namespace Platform.Postgres.Tests;

/// <summary>A password that is wrong for a while, because it is changed here first and there later, is no reason to start anything again.</summary>
public sealed class WrongPasswordTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Service_whose_password_the_broker_refuses_for_a_while_hears_and_tells_again_once_it_is_right()
    {
        var account = await BrokerAccount.CreateAsync();
        var log = new KeptLog();
        await using var service = await RunningService.StartAsync(database.ConnectionString, account.Address, log);

        await account.LockOutAsync();
        await Eventually.TrueAsync(
            () => Task.FromResult(log.Lines.Count(line => line.StartsWith("The broker refuses the user or the password", StringComparison.Ordinal)) >= 2), Patience,
            () => $"the broker to have refused it again and again; its log: {string.Join('\n', log.Lines.Distinct())}");
        var denied = RunningService.Denied();
        await service.OweAsync(denied);
        await account.LetInAsync();

        await Eventually.TrueAsync(
            () => Task.FromResult(service.Switch.Handled.Contains(denied.AttemptId)), Patience, () => $"the message to be heard; its log: {string.Join('\n', log.Lines.Distinct())}");
        Assert.False(service.Stopping.IsCancellationRequested);
    }

    [Fact]
    public async Task Message_whose_handling_the_database_refuses_for_a_wrong_password_waits_and_is_not_given_up()
    {
        await using var service = await RunningService.StartAsync(database.ConnectionString);
        service.Switch.Failure = new PostgresException("password authentication failed for user \"postgres\"", "FATAL", "FATAL", "28P01");
        service.Switch.Fails = true;
        var denied = RunningService.Denied();
        await service.PublishAsync(denied);

        // Once more than what gives a message up here.
        await Eventually.TrueAsync(() => Task.FromResult(service.Switch.Failed >= 3), Patience, "the message to be tried thrice");
        service.Switch.Fails = false;

        await Eventually.TrueAsync(() => Task.FromResult(service.Switch.Handled.Contains(denied.AttemptId)), Patience, "the message to be handled");
        Assert.DoesNotContain(await service.Store.ListAsync(DeadMessageState.Dead, long.MaxValue, 100, TestContext.Current.CancellationToken), row => row.MessageId == denied.AttemptId.ToString());
    }
}
