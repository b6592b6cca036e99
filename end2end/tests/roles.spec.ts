import { RolesPage } from '../pages/roles';
import { SignInPage } from '../pages/sign-in';
import { expectAccessible } from '../support/axe';
import { expect, NOBODY, test } from '../support/test';

// Who may do what: roles of one's own, and what people of other roles see.
test.use({ devices: 2 });

test.describe('own roles', () => {
  // A name that is refused is a 422.
  test.use({ expectedErrors: [/422/] });

  test('a role of one’s own is made, changed and deleted', async ({ page }) => {
    const roles = new RolesPage(page);
    await page.goto('/settings');
    await page.getByRole('link', { name: /Roles/ }).click();
    await expect(roles.heading).toHaveText('Roles');
    await expect(roles.role('Administrator')).toContainText('1 person has it');
    await expectAccessible(page);

    await roles.hydrated();
    await roles.role('Read only').getByRole('button', { name: 'New from this' }).click();
    await expect(roles.may('See devices')).toBeChecked();
    await roles.dialog.getByLabel('Name').fill('helpdesk');
    await roles.dialog.getByRole('button', { name: 'Save' }).click();
    await expect(roles.dialog).toContainText('A role of this name comes with Lastmile');
    await roles.dialog.getByLabel('Name').fill('Field engineers');
    await roles.may('Reboot devices').check();
    await expectAccessible(page);
    await roles.dialog.getByRole('button', { name: 'Save' }).click();
    const own = roles.role('Field engineers');
    await expect(own).toContainText('Reboot devices');
    await expect(own).toContainText('Nobody has it');

    await own.getByRole('button', { name: 'Change Field engineers' }).click();
    await roles.may('Reboot devices').uncheck();
    await roles.dialog.getByRole('button', { name: 'Save' }).click();
    await expect(own).not.toContainText('Reboot devices');

    await own.getByRole('button', { name: 'Change Field engineers' }).click();
    await roles.dialog.getByRole('button', { name: 'Delete' }).click();
    await expect(own).toHaveCount(0);
  });
});

test.describe('read only', () => {
  // A page that is refused is a 403.
  test.use({ storageState: NOBODY, expectedErrors: [/403/] });

  test('who may only look can do nothing else, and refused by address', async ({ page, server, fleet, devicesPage, devicePage }) => {
    test.setTimeout(120_000);
    expect(fleet).toBeDefined();
    const password = 'looking is not touching';
    await server.addPerson('rea', 'read-only', password);
    const signIn = new SignInPage(page);
    await signIn.goto();
    await signIn.signIn('rea', password);
    await expect(page).toHaveURL(`${server.portal}/`);
    const id = await devicesPage.firstOnline();
    await devicePage.goto(id);
    await expect(page.getByRole('button', { name: 'Reboot' })).toBeDisabled();
    await expect(page.getByRole('button', { name: 'Speed test' })).toBeDisabled();
    await page.goto('/settings');
    await expect(page.getByRole('link', { name: /Roles|API tokens/ })).toHaveCount(0);
    await page.goto('/settings/roles');
    await expect(page.getByRole('main')).toContainText('Your role does not allow this');
  });
});
