using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Options;
using MimeKit;
using Platform.Contracts;
using Platform.Metering.Alerts.Channels;
using Platform.Metering.Teams;

namespace Platform.Metering.Alerts.Delivery;

/// <summary>Hands mail to the configured SMTP server: to the channel's address, or to that of the alert's team, as Wallet knows it at the moment.</summary>
internal sealed class MailSender(ITeamSource teams, IOptions<AlertOptions> options, TimeProvider time)
{
    public const string NotConfigured = "No mail server is configured: set Alerts__Smtp__Host and Alerts__Smtp__From, and start Metering again.";

    private readonly SmtpOptions _smtp = options.Value.Smtp;

    public async Task<SendResult> SendAsync(ChannelRow channel, AlertRow alert)
    {
        if (!_smtp.IsConfigured)
        {
            return SendResult.Failed(NotConfigured);
        }

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(options.Value.TimeoutSeconds), time);
        try
        {
            var team = alert.TeamId.Length == 0 ? null : (await teams.ReadTeamsAsync(limit.Token)).FirstOrDefault(team => team.TeamId == alert.TeamId);
            var to = channel.Target.Length > 0 ? channel.Target : team?.Email ?? "";
            return to.Length == 0
                ? SendResult.Refused($"Team {alert.TeamId} has no e-mail address: kt teams update {alert.TeamId} --email …, then replay.")
                : !MailMessage.IsAddress(to) ? SendResult.Refused($"'{Validation.Shown(to)}' is no e-mail address: set another, then replay.")
                : await SendAsync(MailMessage.Of(alert, _smtp.From, to, team?.Name ?? "", channel.ChannelId), limit.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return SendResult.Failed($"The mail server did not answer within {options.Value.TimeoutSeconds} s.");
        }
        catch (Grpc.Core.RpcException exception)
        {
            return SendResult.Failed($"Wallet does not say who owns the team ({exception.StatusCode}).");
        }
    }

    private async Task<SendResult> SendAsync(MimeMessage message, CancellationToken cancellationToken)
    {
        // Lists of what is revoked are not asked, as for webhooks (decision 0307).
        using var client = new SmtpClient { CheckCertificateRevocation = false };
        string? certificate = null;
        client.ServerCertificateValidationCallback = (_, _, chain, errors) => (certificate = TlsFailure.Of(errors, chain)) is null;
        try
        {
            await client.ConnectAsync(_smtp.Host, _smtp.Port, Socket(_smtp.Security), cancellationToken);
            if (_smtp.User.Length > 0)
            {
                await client.AuthenticateAsync(_smtp.User, _smtp.Password, cancellationToken);
            }

            await client.SendAsync(message, cancellationToken);
        }
        catch (SmtpCommandException exception) when (exception.ErrorCode == SmtpErrorCode.RecipientNotAccepted && IsForGood(exception.StatusCode))
        {
            return SendResult.Refused($"The mail server refuses the address: {exception.Message}");
        }
        catch (SmtpCommandException exception) when (exception.ErrorCode == SmtpErrorCode.SenderNotAccepted)
        {
            return SendResult.Failed(
                $"The mail server does not take mail from {_smtp.From}: {exception.Message.TrimEnd('.')}. Where that is not for now only, set Alerts__Smtp__From to an address that it takes, and start Metering again.");
        }
        catch (SslHandshakeException) when (certificate is not null)
        {
            return SendResult.Failed($"TLS with the mail server fails: {certificate}");
        }
        catch (SslHandshakeException exception)
        {
            return SendResult.Failed(
                $"TLS with the mail server fails: {exception.GetBaseException().Message.TrimEnd('.')}. Where it speaks in the clear at first at port {_smtp.Port}, set Alerts__Smtp__Security to StartTls, and start Metering again.");
        }
        catch (NotSupportedException) when (_smtp.Security == SmtpSecurity.StartTls && !client.IsSecure)
        {
            return SendResult.Failed(
                "The mail server does not offer STARTTLS, and nothing was sent in the clear. Set Alerts__Smtp__Security to Tls, or of a relay on this machine to None, or Alerts__Smtp__Port to the one that it offers it at, and start Metering again.");
        }
        catch (ServiceNotAuthenticatedException exception)
        {
            // 530: also the answer of a server that wants TLS before anything else.
            return SendResult.Failed(
                $"The mail server takes nothing from whom it does not know: {exception.Message.TrimEnd('.')}. Set Alerts__Smtp__User and Alerts__Smtp__Password, or Alerts__Smtp__Security where it asks for TLS, and start Metering again.");
        }
        catch (AuthenticationException exception)
        {
            return SendResult.Failed(
                $"The mail server does not know {_smtp.User} by its password: {exception.Message.TrimEnd('.')}. Set Alerts__Smtp__User and Alerts__Smtp__Password right, and start Metering again.");
        }
        catch (NotSupportedException) when (client.IsConnected && !client.Capabilities.HasFlag(SmtpCapabilities.Authentication) && _smtp.User.Length > 0)
        {
            return SendResult.Failed(
                "The mail server asks nobody who they are: take Alerts__Smtp__User and Alerts__Smtp__Password away, or set Alerts__Smtp__Port to the one that it asks at, and start Metering again.");
        }
        catch (Exception exception) when (exception is CommandException or ProtocolException or ServiceNotConnectedException or IOException or SocketException or NotSupportedException)
        {
            return SendResult.Failed($"The mail server did not take it: {exception.Message}");
        }

        await QuitAsync(client, cancellationToken);
        return SendResult.Delivered;
    }

    /// <summary>A full mailbox is emptied: RFC 5321 (4.5.3.1.10) has clients take 552 for a recipient as if it were 452.</summary>
    private static bool IsForGood(SmtpStatusCode code) => (int)code is >= 500 and < 600 && code != SmtpStatusCode.ExceededStorageAllocation;

    /// <summary>The server has taken the mail: how the connection ends changes nothing.</summary>
    private static async Task QuitAsync(SmtpClient client, CancellationToken cancellationToken)
    {
        try
        {
            await client.DisconnectAsync(quit: true, cancellationToken);
        }
        catch (Exception exception) when (exception is CommandException or ProtocolException or IOException or SocketException or OperationCanceledException)
        {
            // Closed by Dispose.
        }
    }

    private static SecureSocketOptions Socket(SmtpSecurity security) => security switch
    {
        SmtpSecurity.StartTls => SecureSocketOptions.StartTls,
        SmtpSecurity.Tls => SecureSocketOptions.SslOnConnect,
        SmtpSecurity.None => SecureSocketOptions.None,
    };
}
