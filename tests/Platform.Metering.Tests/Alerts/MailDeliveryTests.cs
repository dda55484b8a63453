using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Alerts;
using Platform.Metering.Alerts.Channels;
using Platform.Metering.Alerts.Delivery;
using Platform.Metering.Teams;

namespace Platform.Metering.Tests.Alerts;

/// <summary>Mail through a real SMTP server.</summary>
public sealed class MailDeliveryTests
{
    [Fact(Timeout = 300_000)]
    public async Task Mail_goes_to_the_owner_of_the_alerts_team_and_says_team_what_and_figure()
    {
        await using var mail = new MailReceiver();
        await using var alerts = await CreateAsync(mail);
        await alerts.ChannelAsync(ChannelType.Email, "");
        var low = await alerts.RaiseAsync();

        await alerts.DeliverAsync();

        var message = Assert.Single(mail.Messages);
        Assert.Equal(
            ("support-owner@example.com", "alerts@keeptrusts.example", "Support: Wallet wal_team_support is below 20 %: 12.35 of 100.00 USD left"),
            (message.To.ToString(), message.From.ToString(), message.Subject));
        Assert.EndsWith("@keeptrusts.example", message.MessageId, StringComparison.Ordinal);
        Assert.StartsWith($"{low.EventId:N}.", message.MessageId, StringComparison.Ordinal);
        Assert.Contains("available  12.345678901 USD\n", message.TextBody!.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("<td>12.345678901 USD</td>", message.HtmlBody, StringComparison.Ordinal);
        Assert.Equal(DeliveryState.Delivered, (await alerts.DeliveryAsync(low.EventId)).State);
    }

    [Fact(Timeout = 300_000)]
    public async Task Owners_mail_takes_no_alert_without_a_team_and_a_team_without_an_address_is_named()
    {
        await using var mail = new MailReceiver();
        await using var alerts = await CreateAsync(mail);
        await alerts.ChannelAsync(ChannelType.Email, "");
        var ofOrganisation = await alerts.RaiseAsync(team: "");
        var ofSearch = await alerts.RaiseAsync(team: "team_search");

        Assert.Equal(1, await alerts.DeliverAsync());

        Assert.Empty((await alerts.AlertAsync(ofOrganisation.EventId)).Deliveries);
        var delivery = await alerts.DeliveryAsync(ofSearch.EventId);
        Assert.Equal((DeliveryState.Dead, "Team team_search has no e-mail address: kt teams update team_search --email …, then replay."), (delivery.State, delivery.LastError));
        Assert.Empty(mail.Messages);
    }

    [Fact(Timeout = 300_000)]
    public async Task Busy_server_gets_the_same_message_again_and_a_refused_address_is_given_up()
    {
        await using var mail = new MailReceiver { Busy = true };
        await using var alerts = await CreateAsync(mail);
        await alerts.ChannelAsync(ChannelType.Email, "ops@example.com");
        var low = await alerts.RaiseAsync();
        await alerts.DeliverAsync();
        Assert.Equal(DeliveryState.Pending, (await alerts.DeliveryAsync(low.EventId)).State);
        mail.Busy = false;
        await alerts.RetryAsync(low.EventId);
        Assert.Equal("ops@example.com", Assert.Single(mail.Messages).To.ToString());

        await alerts.ChannelAsync(ChannelType.Email, "nobody@refused.example", request => request.Kinds.Add(AlertKind.WalletExhausted));
        var exhausted = new Contracts.Events.WalletExhausted(
            Guid.CreateVersion7(), "wal_team_support", "team_support", "", "", 0, 1, "USD", AlertsFixture.Start);
        await alerts.Get<RaiseAlert>().FromMessageAsync(AlertOf.WalletExhausted(exhausted), TestContext.Current.CancellationToken);
        await alerts.DeliverAsync();
        var refused = (await alerts.AlertAsync(exhausted.EventId)).Deliveries.Single(delivery => delivery.State != DeliveryState.Delivered);
        Assert.Equal((DeliveryState.Dead, 1), (refused.State, refused.Attempts));
    }

    [Fact(Timeout = 300_000)]
    public async Task Server_that_wants_to_know_who_sends_is_told_of_with_what_to_set()
    {
        await using var mail = new MailReceiver(wantsName: true);
        await using var alerts = await CreateAsync(mail);
        await alerts.ChannelAsync(ChannelType.Email, "ops@example.com");
        var low = await alerts.RaiseAsync();

        await alerts.DeliverAsync();

        var delivery = await alerts.DeliveryAsync(low.EventId);
        Assert.Equal(DeliveryState.Pending, delivery.State);
        Assert.StartsWith("The mail server takes nothing from whom it does not know: ", delivery.LastError, StringComparison.Ordinal);
        Assert.Contains("Set Alerts__Smtp__User and Alerts__Smtp__Password", delivery.LastError, StringComparison.Ordinal);
    }

    [Fact(Timeout = 300_000)]
    public async Task Mailbox_that_is_full_gets_the_mail_again_when_there_may_be_room()
    {
        await using var mail = new MailReceiver();
        await using var alerts = await CreateAsync(mail);
        await alerts.ChannelAsync(ChannelType.Email, "ops@full.example");
        var low = await alerts.RaiseAsync();

        await alerts.DeliverAsync();

        var delivery = await alerts.DeliveryAsync(low.EventId);
        Assert.Equal(DeliveryState.Pending, delivery.State);
        Assert.StartsWith("The mail server did not take it: mailbox full", delivery.LastError, StringComparison.Ordinal);
    }

    [Theory(Timeout = 300_000)]
    [InlineData("alerts@stranger.example", nameof(SmtpSecurity.None), "The mail server does not take mail from alerts@stranger.example: ", "Alerts__Smtp__From")]
    [InlineData("alerts@keeptrusts.example", nameof(SmtpSecurity.StartTls), "The mail server does not offer STARTTLS, and nothing was sent in the clear.", "Alerts__Smtp__Security")]
    public async Task Server_that_does_not_take_mail_as_it_is_set_up_is_told_of_with_what_to_set(string from, string security, string beginning, string setting)
    {
        await using var mail = new MailReceiver();
        await using var alerts = await CreateAsync(mail, from, Enum.Parse<SmtpSecurity>(security));
        await alerts.ChannelAsync(ChannelType.Email, "ops@example.com");
        var low = await alerts.RaiseAsync();

        await alerts.DeliverAsync();

        var delivery = await alerts.DeliveryAsync(low.EventId);
        Assert.Equal(DeliveryState.Pending, delivery.State);
        Assert.StartsWith(beginning, delivery.LastError, StringComparison.Ordinal);
        Assert.Contains(setting, delivery.LastError, StringComparison.Ordinal);
        Assert.Empty(mail.Messages);
    }

    [Theory(Timeout = 300_000)]
    [InlineData(nameof(SmtpSecurity.StartTls), false)]
    [InlineData(nameof(SmtpSecurity.Tls), true)]
    public async Task Certificate_that_nobody_vouches_for_is_told_in_a_line_with_what_to_do(string security, bool tlsAtOnce)
    {
        using var certificate = OfUnknownAuthority();
        await using var mail = new MailReceiver(certificate: certificate, tlsAtOnce: tlsAtOnce);
        await using var alerts = await CreateAsync(mail, security: Enum.Parse<SmtpSecurity>(security));
        await alerts.ChannelAsync(ChannelType.Email, "ops@example.com");
        var low = await alerts.RaiseAsync();

        await alerts.DeliverAsync();

        var delivery = await alerts.DeliveryAsync(low.EventId);
        Assert.Equal(DeliveryState.Pending, delivery.State);
        Assert.StartsWith("TLS with the mail server fails: ", delivery.LastError, StringComparison.Ordinal);
        Assert.Contains(nameof(X509ChainStatusFlags.PartialChain), delivery.LastError, StringComparison.Ordinal);
        Assert.Contains("docs/operations.md, Alerts", delivery.LastError, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', delivery.LastError);
        Assert.Empty(mail.Messages);
    }

    [Theory(Timeout = 300_000)]
    [InlineData(true, "The mail server does not know kt by its password: ")]
    [InlineData(false, "The mail server asks nobody who they are: ")]
    public async Task Server_that_does_not_take_the_user_is_told_of_with_what_to_set(bool wantsName, string beginning)
    {
        await using var mail = new MailReceiver(wantsName);
        await using var alerts = await AlertsFixture.CreateAsync();

        // In the clear, which the settings refuse with a user: a certificate that this machine trusts is nobody's to make.
        var options = new AlertOptions
        {
            Smtp = new SmtpOptions { Host = "127.0.0.1", Port = mail.Port, Security = SmtpSecurity.None, User = "kt", Password = "wrong", From = "alerts@keeptrusts.example" },
        };
        await alerts.ChannelAsync(ChannelType.Email, "ops@example.com");
        var channel = Assert.Single(await alerts.Get<ChannelStore>().ListAsync(TestContext.Current.CancellationToken));
        var sent = await new MailSender(alerts.Get<ITeamSource>(), Options.Create(options), TimeProvider.System).SendAsync(channel, AlertOf.WalletLow(AlertsFixture.Low()));

        Assert.Equal(SendOutcome.Failed, sent.Outcome);
        Assert.StartsWith(beginning, sent.Error, StringComparison.Ordinal);
        Assert.Contains("Alerts__Smtp__User and Alerts__Smtp__Password", sent.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = 300_000)]
    public async Task Server_that_begins_in_the_clear_where_tls_is_awaited_is_told_of_with_what_to_set()
    {
        await using var mail = new MailReceiver();
        await using var alerts = await CreateAsync(mail, security: SmtpSecurity.Tls);
        await alerts.ChannelAsync(ChannelType.Email, "ops@example.com");
        var low = await alerts.RaiseAsync();

        await alerts.DeliverAsync();

        var delivery = await alerts.DeliveryAsync(low.EventId);
        Assert.StartsWith("TLS with the mail server fails: ", delivery.LastError, StringComparison.Ordinal);
        Assert.Contains("set Alerts__Smtp__Security to StartTls", delivery.LastError, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', delivery.LastError);
    }

    [Theory(Timeout = 300_000)]
    [InlineData("ops@example.com;")]
    [InlineData("ops@example.com,")]
    [InlineData("mailto:ops@example.com")]
    [InlineData("a..b@example.com")]
    [InlineData(".a@example.com")]
    [InlineData("ops,team@example.com")]
    [InlineData("a(b@example.com")]
    public async Task Address_that_no_mail_can_be_sent_to_is_refused_and_one_of_before_is_given_up_at_once(string address)
    {
        await using var mail = new MailReceiver();
        await using var alerts = await CreateAsync(mail);
        await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => alerts.ChannelAsync(ChannelType.Email, address));
        await alerts.ChannelAsync(ChannelType.Email, "ops@example.com");
        await alerts.SetTargetsAsync(address);
        var low = await alerts.RaiseAsync();

        await alerts.DeliverAsync();

        var delivery = await alerts.DeliveryAsync(low.EventId);
        Assert.Equal((DeliveryState.Dead, 1, $"'{address}' is no e-mail address: set another, then replay."), (delivery.State, delivery.Attempts, delivery.LastError));
        Assert.Empty(mail.Messages);
    }

    [Theory]
    [InlineData("ada.lovelace+alerts@mail.example.co.uk")]
    [InlineData("o'brien_{x}|y~z!#$%&*/=?^`-@example.com")]
    [InlineData("jürgen@bücher.example")]
    [InlineData("検索@検索.example")]
    public void Address_that_is_taken_is_one_for_mail(string address)
    {
        Assert.Null(Contracts.Validation.Email("email", address));
        Assert.True(MailMessage.IsAddress(address));
    }

    [Fact(Timeout = 300_000)]
    public async Task Without_a_mail_server_the_channel_and_the_delivery_say_so()
    {
        await using var alerts = await AlertsFixture.CreateAsync();
        var channel = (await alerts.ChannelAsync(ChannelType.Email, "ops@example.com")).Channel;
        Assert.Equal(MailSender.NotConfigured, channel.Problem);
        var low = await alerts.RaiseAsync();
        await alerts.DeliverAsync();
        Assert.Equal((DeliveryState.Pending, MailSender.NotConfigured), ((await alerts.DeliveryAsync(low.EventId)).State, (await alerts.DeliveryAsync(low.EventId)).LastError));
    }

    [Fact]
    public void What_a_name_holds_is_text_in_mail_and_cannot_break_its_headers()
    {
        var alert = AlertOf.WalletLow(AlertsFixture.Low()) with { Title = "<b>x</b>\r\nBcc: evil@example.com", Summary = "a & b" };
        var message = MailMessage.Of(alert, "a@b.example", "c@d.example", "Team <i>", "chn_1");
        using var stream = new MemoryStream();
        message.WriteTo(stream, TestContext.Current.CancellationToken);
        stream.Position = 0;
        var read = MimeKit.MimeMessage.Load(stream, TestContext.Current.CancellationToken);

        Assert.Empty(read.Bcc);
        Assert.DoesNotContain("<b>", read.HtmlBody, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;x", read.HtmlBody, StringComparison.Ordinal);
    }

    /// <summary>An authority's that nobody here knows.</summary>
    private static X509Certificate2 OfUnknownAuthority()
    {
        using var authorityKey = RSA.Create(2048);
        var authority = new CertificateRequest("CN=Authority", authorityKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        using var issuer = authority.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var issued = request.Create(issuer, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(99), [1]);
        return issued.CopyWithPrivateKey(key);
    }

    private static Task<AlertsFixture> CreateAsync(MailReceiver mail, string from = "alerts@keeptrusts.example", SmtpSecurity security = SmtpSecurity.None) =>
        AlertsFixture.CreateAsync(options => options.Smtp = new SmtpOptions { Host = "127.0.0.1", Port = mail.Port, Security = security, From = from });
}
